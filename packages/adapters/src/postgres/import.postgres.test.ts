import { Import, type SourceConversation, type Store } from '@conversa/core'
import { CoreWorld } from '@conversa/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MemoryBlobs } from '../memory/index.ts'
import { testSchema } from '../testing/postgres-database.ts'
import { withPostgres } from '../testing/postgres-suite.ts'
import { openPostgresStore } from './postgres-store.ts'

const AT = Date.UTC(2024, 0, 1)
const [HOLDER, TAKER] = [`CH${'1'.repeat(32)}`, `CH${'2'.repeat(32)}`]

const source = (sid: string, uniqueName: string): SourceConversation => ({
  sid,
  uniqueName,
  friendlyName: null,
  attributes: '{}',
  state: 'active',
  messagingServiceSid: null,
  email: null,
  inactiveAt: null,
  closedAt: null,
  dateCreated: AT,
  dateUpdated: AT,
})

/** What one process opens, with a name by which its connections are found. */
async function opened(url: string, name: string): Promise<Store> {
  const store = await openPostgresStore({ url: `${url}&application_name=${name}`, connections: 4 })
  onTestFinished(() => store.close())
  return store
}

const importer = (store: Store) =>
  new Import({
    store,
    blobs: new MemoryBlobs(),
    now: () => AT,
    random: (bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>),
    digest: (text) => text,
  })

withPostgres(() =>
  describe('an import on PostgreSQL', () => {
    test('takes a unique name from another conversation only when nobody else is writing that one', async () => {
      const { url, run, free } = await testSchema()
      onTestFinished(free)
      const name = `import_${process.pid}`
      const [own, other] = [await opened(url, name), await opened(url, `${name}_other`)]
      const { serviceSid } = await CoreWorld.on(other)
      await importer(own).begin({ serviceSid, conversationSid: HOLDER, pass: 1 }, source(HOLDER, 'room'), 'anna')

      let begun: Promise<unknown> | undefined
      const waits = async () => {
        const asked = `SELECT FROM pg_stat_activity WHERE application_name = '${name}' AND wait_event_type = 'Lock'`
        while ((await run(asked)).rowCount === 0);
      }
      await other.transact([{ conversation: HOLDER }], async (tx) => {
        const holder = await tx.conversation(serviceSid, HOLDER)
        if (!holder) throw new Error('the conversation is not there')
        const place = { serviceSid, conversationSid: TAKER, pass: 2 }
        begun = importer(own).begin(place, source(TAKER, 'room'), 'anna')
        await waits()
        tx.saveConversation({ ...holder, friendlyName: 'written meanwhile' })
      })
      await begun

      const found = await own.read(async (reads) => [
        await reads.conversation(serviceSid, HOLDER),
        await reads.conversationByName(serviceSid, 'room'),
      ])
      expect(found).toMatchObject([{ uniqueName: null, friendlyName: 'written meanwhile' }, { sid: TAKER }])
    })
  }),
)
