import { type Static, Type } from 'typebox'
import { LIMITS } from '../limits.ts'
import { closed, Nullable, Text } from './scalar.ts'

/** How a participant is reached who is not in the app. */
export const Channel = Type.Union([Type.Literal('sms'), Type.Literal('whatsapp'), Type.Literal('rcs'), Type.Literal('email')])
export type Channel = Static<typeof Channel>

/** Whether an e-mail goes to somebody, or is copied to them. */
export const EmailLevel = Type.Union([Type.Literal('to'), Type.Literal('cc')])
export type EmailLevel = Static<typeof EmailLevel>

/** Name of a person in an e-mail. */
export const DisplayName = Type.String({ maxLength: LIMITS.friendlyNameCharacters })

/** Where a participant is reached who is not in the app (rest-and-semantics 1.4). */
export const MessagingBinding = Type.Object(
  {
    type: Channel,
    address: Text,
    proxyAddress: Nullable(Text),
    name: Nullable(DisplayName),
    level: Nullable(EmailLevel),
  },
  {
    ...closed,
    description:
      'Address of a participant, and the one that speaks to it for the conversation, null in a group of phones; the last two of e-mail',
  },
)
export type MessagingBinding = Static<typeof MessagingBinding>
