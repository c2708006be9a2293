/** The part of the library that is used here: what reads and writes frames; tests have a server of it too. */
declare module 'smpp' {
  export interface PDU {
    readonly command: string
    readonly command_id: number
    readonly command_status: number
    sequence_number: number
    isResponse(): boolean
    response(fields?: Readonly<Record<string, unknown>>): PDU
    toBuffer(): Buffer
    readonly [field: string]: unknown
  }

  interface CommandDefinition {
    readonly id: number
    readonly params?: Readonly<Record<string, object>>
  }

  /** One connection to a server. */
  export interface Session {
    on(event: 'pdu', listener: (pdu: PDU) => void): void
    on(event: 'error', listener: (error: Error) => void): void
    on(event: 'close', listener: () => void): void
    send(pdu: PDU): boolean
    destroy(): void
  }

  interface Smpp {
    createServer(
      options: { readonly key?: string; readonly cert?: string },
      listener: (session: Session) => void,
    ): import('node:net').Server
    readonly PDU: {
      new (frame: Buffer): PDU
      new (command: string, fields?: Readonly<Record<string, unknown>>): PDU
    }
    readonly commands: Readonly<Record<string, CommandDefinition>>
    readonly types: { readonly buffer: object; readonly cstring: object; readonly tlv: { readonly buffer: object } }
    addCommand(command: string, definition: CommandDefinition): void
    addTLV(tag: string, definition: { readonly id: number; readonly type: object }): void
  }

  const smpp: Smpp
  // biome-ignore lint/style/noDefaultExport: what CommonJS exports is the default to those who import it.
  export default smpp
}
