import { INQUIRIES, type PushCredential } from '@conversa/core'
import { LIMITS } from '@conversa/protocol'
import { type Static, Type } from 'typebox'
import { flag, requiredWord, text, word } from './fields.ts'
import { deleting, fetching, listing, writing } from './operation.ts'
import { type SidCursor, sidCursor } from './paging.ts'
import { iso, type Place } from './place.ts'

const TYPES = ['apn', 'gcm', 'fcm'] as const
const secret = (description: string) => text({ description }, LIMITS.pushSecretCharacters)

const UPDATE = Type.Object({
  Type: word(TYPES),
  FriendlyName: text(),
  Certificate: secret('Of type apn'),
  PrivateKey: secret('Of type apn'),
  Sandbox: flag({ description: 'Of type apn' }),
  ApiKey: secret('Of type gcm'),
  Secret: secret('Of type fcm'),
})

const CREATE = Type.Object({ ...UPDATE.properties, Type: requiredWord(TYPES) })

const secretOf = ({ Certificate, PrivateKey, Sandbox, ApiKey, Secret }: Omit<Static<typeof UPDATE>, 'Type'>) => ({
  certificate: Certificate,
  privateKey: PrivateKey,
  sandbox: Sandbox,
  apiKey: ApiKey,
  secret: Secret,
})

/** What an account pushes with, as REST shows it: nobody sees the secrets again. */
function showCredential(credential: PushCredential, place: Place): object {
  return {
    sid: credential.sid,
    account_sid: credential.accountSid,
    friendly_name: credential.friendlyName,
    type: credential.type,
    sandbox: credential.sandbox ? 'True' : 'False',
    date_created: iso(credential.dateCreated),
    date_updated: iso(credential.dateUpdated),
    url: place.accountUrl(`/Credentials/${credential.sid}`),
  }
}

const LIST = '/Credentials'
const ONE = `${LIST}/{CredentialSid}`

export const CREDENTIAL_OPERATIONS = [
  listing({
    name: 'Credential.list',
    path: LIST,
    reach: 'account',
    key: 'credentials',
    sizes: { usual: 50, most: 100 },
    fields: Type.Object({}),
    ask: (_call, after: SidCursor | undefined, limit) => INQUIRIES.pushCredentials(after?.sid, limit),
    cursor: { schema: sidCursor('CR'), of: ({ sid }) => ({ sid }) },
    show: showCredential,
  }),
  writing<'pushCredential.create', PushCredential, typeof CREATE>({
    name: 'Credential.create',
    path: LIST,
    reach: 'account',
    fields: CREATE,
    status: 201,
    command: ({ fields }) => ({
      type: 'pushCredential.create',
      friendlyName: fields.FriendlyName,
      secret: { type: fields.Type, ...secretOf(fields) },
    }),
    ask: (_call, { pushCredentialSid }) => INQUIRIES.pushCredential(pushCredentialSid),
    show: showCredential,
  }),
  fetching({
    name: 'Credential.fetch',
    path: ONE,
    reach: 'account',
    ask: ({ path }) => INQUIRIES.pushCredential(path.CredentialSid as string),
    show: showCredential,
  }),
  writing<'pushCredential.update', PushCredential, typeof UPDATE>({
    name: 'Credential.update',
    path: ONE,
    reach: 'account',
    fields: UPDATE,
    status: 200,
    command: ({ fields, path }) => ({
      type: 'pushCredential.update',
      pushCredentialSid: path.CredentialSid as string,
      friendlyName: fields.FriendlyName,
      secret: { type: fields.Type, ...secretOf(fields) },
    }),
    ask: ({ path }) => INQUIRIES.pushCredential(path.CredentialSid as string),
    show: showCredential,
  }),
  deleting<'pushCredential.delete'>({
    name: 'Credential.delete',
    path: ONE,
    reach: 'account',
    command: ({ path }) => ({ type: 'pushCredential.delete', pushCredentialSid: path.CredentialSid as string }),
  }),
]
