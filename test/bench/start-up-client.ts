/**
 * One start of our SDK, in a process of its own: `start-up-client.ts <url> <token> <conversations>`. Tells its parent what it took
 * until the first conversations could be used, and until all had been told.
 */
import { Client } from '@conversa/client'
import { CountingSocket, measureStart } from './start-measure.ts'

const [, , url = '', token = '', count = ''] = process.argv
await measureStart(() => new Client(token, { url, WebSocket: CountingSocket }), Number(count))
