import type { AggregatedDeliveryReceipt } from '@conversa/client'

const WORDS = [
  ['read', 'read', 'read by some'],
  ['delivered', 'delivered', 'delivered to some'],
  ['sent', 'sent', 'sent to some'],
] as const

/** How far a message has come on its way out of the app, in words; empty where nobody outside is to get it. */
export function deliveryText(delivery: AggregatedDeliveryReceipt | null): string {
  if (!delivery) return ''
  const { failed, undelivered } = delivery
  if (failed === 'all' || undelivered === 'all') return 'not delivered'
  const reached = WORDS.find(([status]) => delivery[status] !== 'none')
  const words = reached ? (delivery[reached[0]] === 'all' ? reached[1] : reached[2]) : 'on its way'
  return failed === 'none' && undelivered === 'none' ? words : `${words}, not delivered to some`
}
