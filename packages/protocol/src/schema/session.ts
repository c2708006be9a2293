import { type Static, Type } from 'typebox'
import { UserCatchUp } from './event.ts'
import { MediaLimits } from './media.ts'
import { closed, Identity, Instant, Nullable, Revision, Sid, Text } from './scalar.ts'
import { Reachability, User } from './user.ts'

export const StartSession = Type.Object(
  {
    type: Type.Literal('session.start'),
    version: Type.Integer({ minimum: 1, maximum: 1000 }),
    token: Type.String({ description: 'An access token with a chat grant' }),
    client: Type.Optional(Type.String({ maxLength: 128, description: 'Name and version of the client, for the operator' })),
    resume: Type.Optional(
      Type.Object(
        { epoch: Text, identity: Identity, revision: Revision },
        { ...closed, description: 'Where the user stood before the connection was lost' },
      ),
    ),
  },
  { ...closed, description: 'The first frame of a connection, within five seconds.' },
)
export const StartSessionResult = Type.Object(
  {
    version: Type.Integer(),
    epoch: Text,
    accountSid: Sid('AC'),
    serviceSid: Sid('IS'),
    user: User,
    catchUp: UserCatchUp,
    reachability: Nullable(Reachability),
    now: Instant,
    expiresAt: Instant,
    heartbeat: Type.Integer({
      description: 'Milliseconds of silence after which a client pings, and a server closes after twice as many',
    }),
    typingTimeout: Type.Integer({ description: 'Milliseconds within which a client need not tell again that it types' }),
    media: MediaLimits,
  },
  {
    ...closed,
    description:
      'The epoch names the life of the store: after a restore from a backup it differs, and all that a client kept is void.',
  },
)
export type StartSessionResult = Static<typeof StartSessionResult>

export const RenewSession = Type.Object(
  { type: Type.Literal('session.renew'), token: Type.String() },
  { ...closed, description: 'A newer token for the same identity, on the open connection.' },
)
export const RenewSessionResult = Type.Object({ expiresAt: Instant }, closed)

export const Ping = Type.Object(
  { type: Type.Literal('session.ping') },
  { ...closed, description: 'Asks whether the server still hears.' },
)

/** What the server tells without being asked, about the session itself. */
export const Notice = Type.Union([
  Type.Object({ type: Type.Literal('token.aboutToExpire'), expiresAt: Instant }, closed),
  Type.Object({ type: Type.Literal('token.expired') }, closed),
])
export type Notice = Static<typeof Notice>

export const Empty = Type.Object({}, closed)
