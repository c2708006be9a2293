import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'

/** Bytes that one record holds (RFC 8188); a push is one record. */
const RECORD = 4096
const SALT = 16
/** Tells that a record is the last one. */
const LAST = Buffer.from([2])

/** Bytes of text that a push holds: a record without its padding, its tag, and what stands before it. */
export const LARGEST_TEXT = RECORD - SALT - 1 - 16 - 4 - 1 - 65

/** What encryption is begun with; a test may give what a standard used. */
export interface Beginning {
  readonly salt: Buffer
  /** A private key of P-256. */
  readonly privateKey: Buffer
}

/**
 * Encrypts a text for one browser as aes128gcm (RFC 8291 with RFC 8188).
 *
 * @param keys of the browser's subscription, in base64url
 * @throws when its key is no point of P-256
 */
export function encryptPush(
  text: Buffer,
  keys: { readonly p256dh: string; readonly auth: string },
  beginning?: Beginning,
): Buffer {
  const theirs = Buffer.from(keys.p256dh, 'base64url')
  const ours = createECDH('prime256v1')
  if (beginning) ours.setPrivateKey(beginning.privateKey)
  else ours.generateKeys()
  const salt = beginning?.salt ?? randomBytes(SALT)
  const point = ours.getPublicKey()
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), theirs, point])
  const input = derive(ours.computeSecret(theirs), Buffer.from(keys.auth, 'base64url'), info, 32)
  const key = derive(input, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  const nonce = derive(input, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  const record = Buffer.concat([cipher.update(text), cipher.update(LAST), cipher.final(), cipher.getAuthTag()])
  const size = Buffer.alloc(4)
  size.writeUInt32BE(RECORD)
  return Buffer.concat([salt, size, Buffer.from([point.length]), point, record])
}

function derive(secret: Buffer, salt: Buffer, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length))
}
