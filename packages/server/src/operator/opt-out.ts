import { type OptOutRecord, Refusal } from '@conversa/core'
import { Type } from 'typebox'
import { type OperatorOperation, operatorRow } from './operator-operation.ts'

const LIST = '/OptOuts'
const ONE = `${LIST}/{ProxyAddress}/{Address}`
const PAGE = { usual: 50, most: 500 } as const

const ADDRESS = { minLength: 1, maxLength: 320 } as const

const address = (description: string) => Type.Optional(Type.String({ ...ADDRESS, description }))

function show({ proxyAddress, address, dateCreated }: OptOutRecord): object {
  return { proxy_address: proxyAddress, address, date_created: new Date(dateCreated).toISOString() }
}

/** Neither address has a space in it. */
const placeOf = ({ proxyAddress, address }: OptOutRecord) => `${proxyAddress} ${address}`

function pairIn(place: string | undefined) {
  const [proxyAddress, address = ''] = place?.split(' ', 2) ?? []
  return proxyAddress === undefined ? undefined : { proxyAddress, address }
}

/** Who wants nothing more from which address. */
export const OPT_OUT_OPERATIONS: readonly OperatorOperation[] = [
  operatorRow({
    name: 'OptOut.list',
    method: 'GET',
    path: LIST,
    about: 'Who opted out of what which address of the account writes, in the order of these addresses',
    fields: Type.Object({
      ProxyAddress: address('Only from this address of the account'),
      Address: address('Only this person'),
      PageSize: Type.Optional(
        Type.Integer({ minimum: 1, maximum: PAGE.most, description: `How many; ${PAGE.usual} unless it says otherwise` }),
      ),
      After: Type.Optional(Type.String({ maxLength: 641, description: 'Behind this one: `next` of the page before' })),
    }),
    async run({ core, account, fields: { ProxyAddress, Address, PageSize = PAGE.usual, After } }) {
      const filter = { proxyAddress: ProxyAddress, address: Address }
      const { items, more } = await core.optOuts.list(account.sid, pairIn(After), PageSize, filter)
      const last = items.at(-1)
      return { status: 200, body: { opt_outs: items.map(show), next: more && last ? placeOf(last) : null } }
    },
  }),
  operatorRow({
    name: 'OptOut.add',
    method: 'POST',
    path: LIST,
    about: 'Ends that an address of the account writes to somebody, as STOP does',
    fields: Type.Object({
      ProxyAddress: Type.String({ ...ADDRESS, description: 'The address of the account' }),
      Address: Type.String({ ...ADDRESS, description: 'The person' }),
    }),
    async run({ core, account, fields: { ProxyAddress, Address } }) {
      const added = await core.optOuts.add(account.sid, { proxyAddress: ProxyAddress, address: Address })
      return added instanceof Refusal ? added : { status: added.isNew ? 201 : 200, body: show(added.optOut) }
    },
  }),
  operatorRow({
    name: 'OptOut.remove',
    method: 'DELETE',
    path: ONE,
    about: 'Lets an address of the account write to somebody again, as START does',
    fields: Type.Object({}),
    async run({ core, account, path: { ProxyAddress = '', Address = '' } }) {
      const removed = await core.optOuts.remove(account.sid, { proxyAddress: ProxyAddress, address: Address })
      return removed instanceof Refusal ? removed : { status: 200, body: show(removed) }
    },
  }),
]
