import { type Static, Type } from 'typebox'
import { LIMITS } from '../limits.ts'
import { ClientKey, closed, Instant, Sid } from './scalar.ts'

/** The services that carry pushes: Apple's, Firebase, and those of the browsers themselves. */
export const PushChannel = Type.Union([Type.Literal('apn'), Type.Literal('fcm'), Type.Literal('web')])
export type PushChannel = Static<typeof PushChannel>

/** What a push service calls a device or a browser. */
const RegistrationId = Type.String({
  minLength: 1,
  maxLength: LIMITS.registrationIdCharacters,
  pattern: '^[\\x21-\\x7e]+$',
  description: 'As the push service gave it; of channel web the JSON of the PushSubscription',
})

/** Where a user can be reached by push. */
export const PushRegistration = Type.Object(
  { sid: Sid('BS'), channelType: PushChannel, registrationId: RegistrationId, dateCreated: Instant, dateUpdated: Instant },
  closed,
)
export type PushRegistration = Static<typeof PushRegistration>

const named = { channelType: PushChannel, registrationId: RegistrationId, key: Type.Optional(ClientKey) }

export const RegisterPush = Type.Object(
  { type: Type.Literal('push.register'), ...named },
  {
    ...closed,
    description:
      'Lets pushes for the user go to a device. It belongs to the user who registered it last. Beyond 50 the one that was ' +
      'registered longest ago goes.',
  },
)
export const RegisterPushResult = Type.Object({ registration: PushRegistration }, closed)

export const UnregisterPush = Type.Object(
  { type: Type.Literal('push.unregister'), ...named },
  { ...closed, description: 'Ends a registration of the user. To end one that is not there is fine.' },
)

export const ListPush = Type.Object(
  { type: Type.Literal('push.list') },
  { ...closed, description: "The user's registrations, the one that was registered longest ago first." },
)
export const ListPushResult = Type.Object({ registrations: Type.Array(PushRegistration) }, closed)
