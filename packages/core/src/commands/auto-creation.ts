import type { AddressConfigurationRecord } from '../records/records.ts'
import type { WebhookConfiguration } from './back-end-command.ts'

/** What a message that finds no open conversation leads to (rest-and-semantics 1.4). */
export interface AutoCreation {
  /** Where the conversation comes to be; undefined is the default service. */
  readonly serviceSid: string | undefined
  /** What hears of the conversation from its beginning; null is nobody. */
  readonly webhook: { readonly target: 'webhook' | 'studio'; readonly configuration: WebhookConfiguration } | null
}

/**
 * Whether a message to an address begins a conversation, and how.
 *
 * @param configuration of the address; undefined when there is none
 * @returns undefined when it does not: then nobody is there for the message
 */
export function autoCreationOf(configuration: AddressConfigurationRecord | undefined): AutoCreation | undefined {
  if (!configuration?.autoCreation.enabled) return undefined
  const { serviceSid, target } = configuration.autoCreation
  return { serviceSid: serviceSid ?? undefined, webhook: webhookOf(target) }
}

function webhookOf(target: AddressConfigurationRecord['autoCreation']['target']): AutoCreation['webhook'] {
  switch (target.type) {
    case 'default':
      return null
    case 'webhook': {
      const { type, ...configuration } = target
      return { target: type, configuration }
    }
    case 'studio':
      return { target: 'studio', configuration: { flowSid: target.flowSid } }
  }
}
