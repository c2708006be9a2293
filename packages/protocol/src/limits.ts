/** Sizes that hold everywhere (rest-and-semantics 3.7). Bytes are bytes of UTF-8; characters are UTF-16 units. */
export const LIMITS = {
  friendlyNameCharacters: 256,
  roleNameCharacters: 64,
  credentialNameCharacters: 64,
  /** Of a certificate, a private key or a server key for pushes. */
  pushSecretCharacters: 16 * 1024,
  uniqueNameCharacters: 256,
  identityCharacters: 256,
  bodyBytes: 32 * 1024,
  conversationAttributesBytes: 16 * 1024,
  userAttributesBytes: 16 * 1024,
  participantAttributesBytes: 4 * 1024,
  messageAttributesBytes: 4 * 1024,
  subjectCharacters: 256,
  /** What goes into the places of a template (the vendor's pages on 50529, 50540 and 50541). */
  contentVariables: 100,
  contentVariableNameCharacters: 16,
  contentVariableValueCharacters: 256,
  /** Of all forms of a template together, as JSON. */
  contentTemplateBytes: 32 * 1024,
  /** Names of approved templates, as WhatsApp limits them. */
  approvedNameCharacters: 512,
  filenameBytes: 255,
  /** Files that one command or query may name; a server allows fewer in one message. */
  mediaPerRequest: 100,
  /** Levels of arrays and objects in a JSON text. Deeper values parse, and then break every place that walks them. */
  jsonDepth: 64,
  participantsPerConversation: 1000,
  /** Of them, those that take part by SMS, e-mail or the like. */
  nonChatParticipantsPerConversation: 50,
  /** Participants of a group of phones. */
  groupParticipants: 10,
  addressCharacters: 256,
  /** Tries of a flow after the first one. */
  studioRetries: 10,
  /** Of a body, where somebody takes part by SMS or the like (rest-and-semantics 3.4). */
  nonChatBodyCharacters: 1600,
  channelMessageSidCharacters: 64,
  /** Participants that one command puts into a new conversation. */
  firstParticipants: 10,
  clientKeyCharacters: 64,
  /** Largest frame that a peer of our socket may send. */
  frameBytes: 256 * 1024,
  pageSize: 100,
  /** Conversations a session may follow without being a member of them. */
  subscriptionsPerSession: 100,
  /** Other users a session may hear of; beyond, the one that it followed longest makes room. */
  usersPerSession: 100,
  /** Devices that one user may be reached on; beyond, the one that was registered longest ago goes. */
  pushRegistrationsPerUser: 50,
  registrationIdCharacters: 4096,
  /** Of what is pushed: a push has 4 KiB in all. */
  pushTemplateCharacters: 2048,
  pushSoundCharacters: 256,
  webhooksPerConversation: 5,
  webhookUrlCharacters: 2048,
  /** Words that one webhook of a conversation may wait for. */
  triggersPerWebhook: 5,
  /** Messages that one new webhook is told of although they were there before it. */
  replayedMessages: 1000,
  /** Conversations in one `conversation.resume` query. */
  resumePerQuery: 500,
} as const
