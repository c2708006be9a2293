/** The same as `start-up-client.ts` for the vendor's unmodified SDK, on the gateway of the same server. */
import { Client } from '@twilio/conversations'
import { CountingSocket, measureStart } from './start-measure.ts'

const [, , url = '', token = '', count = ''] = process.argv
globalThis.WebSocket = CountingSocket
const uri = `${url.replace(/^http/, 'ws')}/v3/wsconnect`
await measureStart(() => new Client(token, { Twilsock: { uri } } as never) as never, Number(count))
// It keeps timers after its end.
process.exit()
