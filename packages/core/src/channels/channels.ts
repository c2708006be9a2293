import { openConversationOf, pairOf } from '../commands/non-chat-participant.ts'
import { submit } from '../execution/submit.ts'
import type { Tenure } from '../outbox/outbox-courier.ts'
import type { PlacedReceipt, Tx } from '../ports/store.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { type BackEnd, SYSTEM_IDENTITY } from '../records/actor.ts'
import { canonicalAddress, channelOf } from '../records/address.ts'
import type { AddressPair } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import type {
  ChannelAdapter,
  ChannelDoor,
  ChannelInbound,
  ChannelInboundFile,
  ChannelPorts,
  ChannelReport,
  ChannelRoute,
} from './channel.ts'
import { type ChannelContext, ChannelCourier } from './channel-courier.ts'
import { ChannelHolder, type ChannelPlace } from './channel-holder.ts'
import { channelSid } from './channel-sid.ts'
import { receive } from './receive.ts'

/** Milliseconds that a report waits for the answer to the send. */
const PATIENCE = 5000
/** Milliseconds after which nobody waits for the rest of a message. */
const LONGEST_PART = 24 * 60 * 60_000

/** Everybody outside of the app: sends to them, and takes in what they write and what their carriers report. */
export class Channels {
  readonly courier: ChannelCourier
  readonly #context: ChannelContext
  readonly #ports: ChannelPorts
  /** Of adapters that run on one node, where there are several. */
  readonly #holders = new Map<ChannelAdapter, ChannelHolder>()

  /** @param taken hears that this node has an adapter now that runs on one node */
  constructor(context: Omit<ChannelContext, 'tenureOf'>, ports: ChannelPorts, taken: () => void) {
    const tenureOf = (adapter: ChannelAdapter) => this.#holders.get(adapter)?.tenure
    this.#context = { ...context, tenureOf }
    this.#ports = ports
    this.courier = new ChannelCourier(this.#context)
    for (const route of ports.routes) if (route.adapter.isSingle) this.#share(route, taken)
  }

  /**
   * Lets every adapter begin to listen, but for those that another node has.
   *
   * @param origin where this server is, for addresses of files that do not say it
   * @throws when one cannot
   */
  async open(origin?: string): Promise<void> {
    this.courier.origin = origin
    for (const route of this.#ports.routes) {
      const holder = this.#holders.get(route.adapter)
      if (holder) await holder.start()
      else await route.adapter.open?.(this.#doorFor(route))
      if (!holder && route.adapter.isSingle) this.#ports.moved?.(route.adapter.name, 'here')
    }
  }

  /** Ends what the adapters have open, and lets other nodes have it. */
  async close(): Promise<void> {
    await Promise.all(
      this.#ports.routes.map(({ adapter }) => {
        const holder = this.#holders.get(adapter)
        return holder ? holder.stop() : adapter.close?.()
      }),
    )
  }

  #share(route: ChannelRoute, taken: () => void): void {
    const { executor, after } = this.#context
    const { adapter } = route
    const { leases } = executor.store
    if (!leases || this.#holders.has(adapter)) return
    const moved = (place: ChannelPlace) => {
      this.#ports.moved?.(adapter.name, place)
      if (place === 'here') taken()
    }
    const open = async (tenure: Tenure) => adapter.open?.(this.#doorFor(route, tenure))
    this.#holders.set(adapter, new ChannelHolder({ adapter, leases, now: executor.now, after, open, moved }))
  }

  /** @param tenure under which what comes in is stored, where another node may have taken the adapter over */
  #doorFor(route: ChannelRoute, tenure?: Tenure): ChannelDoor {
    const fence = async (tx: Tx) => {
      if (tenure?.token !== undefined) await tx.requireLease(tenure.lease, tenure.token)
    }
    return {
      receive: (inbound) => this.#receive(route, inbound, fence),
      ...this.#partsOf(route.adapter, fence),
      report: (report) => this.#report(route, report, fence),
    }
  }

  #partsOf({ name: adapter }: ChannelAdapter, fence: (tx: Tx) => Promise<void>): Omit<ChannelDoor, 'receive' | 'report'> {
    const { store, now } = this.#context.executor
    const write = (work: (tx: Tx) => void) =>
      store.transact([], async (tx) => {
        await fence(tx)
        work(tx)
      })
    return {
      keepPart: (part) => write((tx) => tx.saveChannelPart({ adapter, ...part })),
      forgetParts: (message) => write((tx) => tx.removeChannelParts(adapter, message)),
      keptParts: async () => {
        // Those of an adapter that is not configured any more are nobody's.
        await write((tx) => tx.removeOldChannelParts(now() - LONGEST_PART))
        return store.read((reads) => reads.channelParts(adapter))
      },
    }
  }

  /** An adapter brings what came to its own addresses, and no others' (reliability B37). */
  async #receive(
    { account, adapter }: ChannelRoute,
    { id, files = [], answers, ...inbound }: ChannelInbound,
    alongside: (tx: Tx) => Promise<void>,
  ): ReturnType<ChannelDoor['receive']> {
    const { executor, inquiry, table } = this.#context
    if (table.adapterOf(account.sid, inbound.proxyAddress) !== adapter) return new Refusal('proxy-address-invalid')
    const channelMessageSid = channelSid(executor.digest, adapter.name, channelOf(inbound.address), id)
    const route = { account, adapter }
    const address = (answers !== undefined && (await this.#addressee(route, inbound, answers))) || inbound.address
    const attach = (actor: BackEnd) => this.#takeIn(actor, channelMessageSid, files)
    return takenOrRefused(
      await receive(executor, account, { ...inbound, address, channelMessageSid }, inquiry, { attach, alongside }),
    )
  }

  /**
   * Who got the message of ours that one from an unknown address answers, and still takes part by the address of ours that it came
   * to.
   *
   * @returns undefined when the address is not unknown, or there is nobody
   */
  async #addressee(
    { account, adapter }: Pick<ChannelRoute, 'account' | 'adapter'>,
    { address, proxyAddress }: AddressPair,
    answers: string,
  ): Promise<string | undefined> {
    const placed = await this.#find(adapter.name, { id: answers })
    if (!placed) return undefined
    const { conversation, receipt } = placed
    return this.#context.executor.store.read(async (reads) => {
      const isKnown = await openConversationOf(reads, { accountSid: account.sid }, pairOf({ address, proxyAddress }))
      if (isKnown || conversation.state === 'closed') return undefined
      const service = await reads.service(conversation.serviceSid)
      const binding = (await reads.participant(conversation.sid, receipt.participantSid))?.binding
      const isTheirs = service?.accountSid === account.sid && binding?.proxyAddress === canonicalAddress(proxyAddress)
      return isTheirs ? binding.address : undefined
    })
  }

  /**
   * Takes the files of a message in; one that is brought again is the same file.
   *
   * @throws when there is no room for one now
   */
  async #takeIn(actor: BackEnd, message: string, files: readonly ChannelInboundFile[]): Promise<readonly string[] | Refusal> {
    const sids: string[] = []
    for (const [at, { filename, contentType, category = 'media', size, read }] of files.entries()) {
      const seen = this.#ports.inspect(read(), contentType)
      const upload = { key: `${message}.${at}`, filename, category, announced: size, content: seen.content } as const
      const taken = await this.#context.files?.receive(actor, { ...upload, found: () => seen.found() })
      if (taken instanceof Refusal) return takenOrRefused(taken)
      if (taken) sids.push(taken.sid)
    }
    return sids
  }

  /** Who lost the adapter does not know what the other node sends, and of which messages it is a part: it neither records nor denies. */
  async #report(
    { account, adapter }: ChannelRoute,
    report: ChannelReport,
    alongside: (tx: Tx) => Promise<void>,
  ): Promise<boolean> {
    const { executor, inquiry } = this.#context
    const placed = (await this.#find(adapter.name, report)) ?? (await this.#findLater(adapter.name, report))
    if (!placed) {
      await executor.store.transact([], alongside)
      return false
    }
    const { conversation, receipt } = placed
    const service = await executor.store.read((reads) => reads.service(conversation.serviceSid))
    if (service?.accountSid !== account.sid) return false
    const actor = { kind: 'back-end', serviceSid: service.sid, identity: SYSTEM_IDENTITY } as const
    const { conversationSid, index, participantSid, channelMessageSid } = receipt
    const said = { status: report.status, ...(report.code !== undefined && { errorCode: report.code }) }
    const command = { type: 'receipt.record', conversationSid, index, participantSid, channelMessageSid, ...said } as const
    const done = await submit<'receipt.record', object>(
      executor,
      actor,
      { about: {}, command: () => command, isTold: true, alongside },
      inquiry,
    )
    takenOrRefused(done)
    return true
  }

  /** A message may be of any channel of the adapter. */
  #find(adapter: string, { id }: Pick<ChannelReport, 'id'>): Promise<PlacedReceipt | undefined> {
    const { executor } = this.#context
    return executor.store.read(async (reads) => {
      for (const channel of ['sms', 'whatsapp', 'email', 'rcs'] as const) {
        const placed = await reads.receiptCalled(channelSid(executor.digest, adapter, channel, id))
        if (placed) return placed
      }
      return undefined
    })
  }

  async #findLater(adapter: string, report: ChannelReport): Promise<PlacedReceipt | undefined> {
    const late = Promise.withResolvers<void>()
    const cancel = this.#context.after(PATIENCE, late.resolve)
    await Promise.race([this.courier.answered(), late.promise])
    cancel()
    return this.#find(adapter, report)
  }
}

/**
 * What a carrier is told for good.
 *
 * @throws when it was refused for now alone, the database being away for example: the carrier is to bring it again, and would not if it
 *   heard of a refusal
 */
function takenOrRefused<Answer>(answer: Answer): Answer {
  if (answer instanceof Refusal && answer.isPassing)
    throw new StoreUnavailable(`it takes nothing from outside now (${answer.name})`)
  return answer
}
