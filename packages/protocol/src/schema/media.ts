import { type Static, Type } from 'typebox'
import { LIMITS } from '../limits.ts'
import { Count, closed, Instant, MessageIndex, Nullable, Sid, Text } from './scalar.ts'

/** What a file is for: an attachment, or the body or the history of an e-mail. */
export const MediaCategory = Type.Union([Type.Literal('media'), Type.Literal('body'), Type.Literal('history')])
export type MediaCategory = Static<typeof MediaCategory>

/** A file in a message, and what an upload answers. The name is for showing; nothing is found by it. */
export const Media = Type.Object(
  { sid: Sid('ME'), contentType: Text, size: Count, filename: Nullable(Text), category: MediaCategory },
  closed,
)
export type Media = Static<typeof Media>

/** Files that one command or query names. How many a message may have, the server says when a session starts. */
export const MediaSids = Type.Array(Sid('ME'), { maxItems: LIMITS.mediaPerRequest })

export const GetMediaUrls = Type.Object(
  {
    type: Type.Literal('media.urls'),
    conversationSid: Type.Optional(Sid('CH')),
    index: Type.Optional(MessageIndex),
    sids: Type.Optional(MediaSids),
  },
  {
    ...closed,
    description:
      'Addresses to fetch files from for a while: of all files of one message (`conversationSid` and `index`), or of those named by ' +
      '`sids`, all of them or none.',
  },
)

const MediaUrl = Type.Object(
  {
    sid: Sid('ME'),
    url: Type.String({ description: 'Where GET gives the content; when it begins with `/`, below the address of this server' }),
    expiresAt: Instant,
  },
  closed,
)
export const MediaUrls = Type.Object({ urls: Type.Array(MediaUrl) }, closed)

/** Limits for files on this server, told when a session starts. Sizes are bytes. */
export const MediaLimits = Type.Object({ perMessage: Count, fileBytes: Count, messageBytes: Count }, closed)
