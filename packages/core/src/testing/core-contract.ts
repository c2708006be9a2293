import { describe } from 'vitest'
import { attributesContract } from './attributes-contract.ts'
import { backEndContract } from './back-end-contract.ts'
import { channelContract } from './channel-contract.ts'
import { contentContract } from './content-contract.ts'
import { conversationContract } from './conversation-contract.ts'
import { conversationTimersContract } from './conversation-timers-contract.ts'
import { CoreWorld, type OpenStore } from './core-world.ts'
import { executeContract } from './execute-contract.ts'
import { fanOutContract } from './fan-out-contract.ts'
import { groupContract } from './group-contract.ts'
import { importContract } from './import-contract.ts'
import { inboundMessageContract } from './inbound-message-contract.ts'
import { limitsContract } from './limits-contract.ts'
import { mediaContract } from './media-contract.ts'
import { messageContract } from './message-contract.ts'
import { nonChatParticipantContract } from './non-chat-participant-contract.ts'
import { optOutContract } from './opt-out-contract.ts'
import { participantContract } from './participant-contract.ts'
import { permissionsContract } from './permissions-contract.ts'
import { pushContract } from './push-contract.ts'
import { pushRegistrationContract } from './push-registration-contract.ts'
import { reachabilityContract } from './reachability-contract.ts'
import { readHorizonContract } from './read-horizon-contract.ts'
import { receiptContract } from './receipt-contract.ts'
import { resumeContract } from './resume-contract.ts'
import { roleContract } from './role-contract.ts'
import { serviceContract } from './service-contract.ts'
import { typingContract } from './typing-contract.ts'
import { userContract } from './user-contract.ts'
import { userSubscriptionContract } from './user-subscription-contract.ts'

/** Begins a world on an empty store, for the test that runs. */
export type BeginWorld = () => Promise<CoreWorld>

/**
 * What the core does, seen through `Core` alone, on a store: the same on every one.
 *
 * @param open opens an empty store; the suite closes it
 */
export function describeCore(name: string, open: OpenStore): void {
  const begin: BeginWorld = () => CoreWorld.begin(open)
  describe(`the core on ${name}`, () => {
    describe('execute', () => executeContract(begin))
    describe('back end', () => backEndContract(begin))
    describe('service', () => serviceContract(open))
    describe('user', () => userContract(begin))
    describe('user subscriptions', () => userSubscriptionContract(begin, open))
    describe('reachability', () => reachabilityContract(begin, open))
    describe('push registrations', () => pushRegistrationContract(begin, open))
    describe('pushes', () => pushContract(open))
    describe('conversation', () => conversationContract(begin))
    describe('conversation timers', () => conversationTimersContract(begin))
    describe('participant', () => participantContract(begin))
    describe('non-chat participant', () => nonChatParticipantContract(begin, open))
    describe('group of phones', () => groupContract(begin))
    describe('message', () => messageContract(begin))
    describe('content templates', () => contentContract(begin))
    describe('inbound message', () => inboundMessageContract(begin, open))
    describe('media', () => mediaContract(begin))
    describe('channels', () => {
      channelContract(open)
      optOutContract(open)
    })
    describe('receipt', () => receiptContract(begin))
    describe('read horizon', () => readHorizonContract(begin))
    describe('limits', () => limitsContract(begin))
    describe('import', () => importContract(begin))
    describe('typing', () => typingContract(begin))
    describe('attributes', () => attributesContract(begin))
    describe('permissions', () => permissionsContract(begin))
    describe('roles', () => roleContract(begin))
    describe('resume', () => resumeContract(begin))
    describe('fan-out', () => fanOutContract(open))
  })
}
