import type { Ship, Shipment } from './media-upload.ts'

/** Bytes that are read of a file at once. */
const CHUNK = 64 * 1024

/**
 * Uploads by `fetch`. Bytes count as out when they were taken by it.
 *
 * @param canStream whether it takes a stream. One that does not sends the name of the object in its place, and nobody notices
 */
function shipByFetch(send: typeof fetch, canStream: boolean): Ship {
  return async ({ url, headers, body, signal, sent }) => {
    const streamed = canStream && sent && { body: counted(body, sent), duplex: 'half' as const }
    const response = await send(url, { method: 'POST', headers, body, signal, ...streamed })
    return { status: response.status, text: await response.text() }
  }
}

/** A file that is read as it is taken, and says how far it is. */
function counted(body: Blob, sent: (bytes: number) => void): ReadableStream<Uint8Array> {
  let read = 0
  return new ReadableStream({
    async pull(controller) {
      const chunk = new Uint8Array(await body.slice(read, read + CHUNK).arrayBuffer())
      read += chunk.length
      controller.enqueue(chunk)
      sent(read)
      if (read >= body.size) controller.close()
    },
  })
}

/** What is used of the standard XMLHttpRequest. */
interface UploadRequest {
  readonly status: number
  readonly responseText: string
  readonly upload: { onprogress: (progress: { readonly loaded: number }) => void }
  onload: () => void
  onerror: () => void
  onabort: () => void
  open(method: string, url: string): void
  setRequestHeader(name: string, value: string): void
  send(body: Blob): void
  abort(): void
}

type UploadRequestClass = new () => UploadRequest

/** Uploads by `XMLHttpRequest`: in a browser, only this tells how far an upload is. */
function shipByRequest(Request: UploadRequestClass, { url, headers, body, signal, sent }: Shipment): ReturnType<Ship> {
  return new Promise((resolve, reject) => {
    const request = new Request()
    request.open('POST', url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded }) => sent?.(loaded)
    request.onload = () => resolve({ status: request.status, text: request.responseText })
    request.onerror = request.onabort = () => reject(new Error('there was no answer'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(body)
  })
}

/**
 * How files go out.
 *
 * @param send the `fetch` to use, of which nothing more is asked than to send a file; by default what fits the platform
 */
export function shipping(send?: typeof fetch): Ship {
  if (send) return shipByFetch(send, false)
  return (shipment) => {
    const { XMLHttpRequest: Request, process } = globalThis as unknown as {
      XMLHttpRequest?: UploadRequestClass
      process?: { readonly versions?: { readonly node?: string } }
    }
    if (shipment.sent && Request) return shipByRequest(Request, shipment)
    // Browsers take streams over HTTP/2 alone, if at all: where they have no such request, in a service worker, there is no progress.
    return shipByFetch(fetch, process?.versions?.node !== undefined)(shipment)
  }
}
