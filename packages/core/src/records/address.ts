import { type Channel, LIMITS } from '@conversa/protocol'
import type { AddressPair, AddressType } from './records.ts'
import { Refusal } from './refusal.ts'

/** One mailbox, and nothing that could be read as more than one, or as another line of a header. */
const MAILBOX = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/

/** What the addresses of a channel look like: of a person, and of who speaks to them. Phone numbers are E.164. */
const FORMS: Readonly<Record<Channel, { readonly person: RegExp; readonly proxy: RegExp }>> = {
  // A short code may speak for this server too.
  sms: { person: /^\+[1-9]\d{6,14}$/, proxy: /^(\+[1-9]\d{6,14}|\d{3,8})$/ },
  whatsapp: { person: /^whatsapp:\+[1-9]\d{6,14}$/, proxy: /^whatsapp:\+[1-9]\d{6,14}$/ },
  rcs: { person: /^rcs:\+[1-9]\d{6,14}$/, proxy: /^rcs:[A-Za-z0-9_.-]+$/ },
  email: { person: MAILBOX, proxy: MAILBOX },
}

/** What addresses of this server look like on every channel that may be configured, also on those without participants yet. */
const OWN_FORMS: Readonly<Record<AddressType, RegExp>> = {
  sms: FORMS.sms.proxy,
  whatsapp: FORMS.whatsapp.proxy,
  rcs: FORMS.rcs.proxy,
  email: MAILBOX,
  messenger: /^messenger:[^\s]+$/,
  gbm: /^gbm:[^\s]+$/,
  apple: /^apple:[^\s]+$/,
  chat: /^[^\s]+$/,
}

/** The channel that an address belongs to: its prefix says so, an `@` means e-mail, and all else is a phone. */
export function channelOf(address: string): Channel {
  if (address.startsWith('whatsapp:')) return 'whatsapp'
  if (address.startsWith('rcs:')) return 'rcs'
  return address.includes('@') ? 'email' : 'sms'
}

/** One form for all that means the same: the case of a mailbox does not matter to those who deliver to it. */
export function canonicalAddress(address: string): string {
  return channelOf(address) === 'email' ? address.toLowerCase() : address
}

/**
 * Checks the addresses of somebody outside of the app (rest-and-semantics 3.14: 50407, 50408, 50420).
 *
 * @returns a refusal, or undefined when a message can be sent from the one to the other
 */
export function checkAddresses({ address, proxyAddress }: AddressPair): Refusal | undefined {
  const channel = channelOf(address)
  if (!isOfForm(address, FORMS[channel].person)) return new Refusal('address-invalid')
  const proxyChannel = channelOf(proxyAddress)
  if (!isOfForm(proxyAddress, FORMS[proxyChannel].proxy)) return new Refusal('proxy-address-invalid')
  const isMatch = channel === proxyChannel && canonicalAddress(address) !== canonicalAddress(proxyAddress)
  return isMatch ? undefined : new Refusal('addresses-mismatched')
}

/** Whether an address can be one of a person. */
export function isPersonAddress(address: string): boolean {
  return isOfForm(address, FORMS[channelOf(address)].person)
}

/** Whether an address can be one of this server's on a channel. */
export function isOwnAddress(type: AddressType, address: string): boolean {
  return isOfForm(address, OWN_FORMS[type])
}

function isOfForm(address: string, form: RegExp): boolean {
  return address.length <= LIMITS.addressCharacters && form.test(address)
}
