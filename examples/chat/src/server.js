import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { BackEnd } from './back-end.js'

const { CONVERSA_URL = 'http://localhost:8080', CONVERSA_DATA = 'data', PORT = '3000' } = process.env

const backEnd = new BackEnd(CONVERSA_URL, JSON.parse(await readFile(`${CONVERSA_DATA}/credentials.json`, 'utf8')))

const page = (name) => fileURLToPath(new URL(`../public/${name}`, import.meta.url))
const FILES = {
  '/': [page('index.html'), 'text/html; charset=utf-8'],
  '/chat.js': [page('chat.js'), 'text/javascript'],
  '/chat.css': [page('chat.css'), 'text/css'],
  '/conversa.js': [fileURLToPath(import.meta.resolve('@conversa/client')), 'text/javascript'],
}

/** What the page asks for: each answers with a status, headers and a text. */
const DOORS = {
  async 'POST /sign-in'(request) {
    const { name } = JSON.parse(await textOf(request))
    const session = await backEnd.signIn(String(name))
    return [204, { 'set-cookie': `session=${session}; HttpOnly; SameSite=Strict; Path=/` }, '']
  },
  'POST /token'(request) {
    const token = backEnd.token(/session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1])
    return token ? [200, { 'content-type': 'text/plain' }, token] : [401, {}, 'sign in first']
  },
  'GET /settings': () => [200, { 'content-type': 'application/json' }, JSON.stringify({ url: CONVERSA_URL })],
}

async function textOf(request) {
  let text = ''
  for await (const part of request) text += part
  return text
}

async function answer(request) {
  const door = DOORS[`${request.method} ${request.url}`]
  if (door) return door(request)
  const [path, type] = FILES[request.url] ?? []
  return path ? [200, { 'content-type': type }, await readFile(path)] : [404, {}, 'not here']
}

const server = createServer(async (request, response) => {
  const [status, headers, body] = await answer(request).catch((error) => {
    console.error(error)
    return [500, {}, 'it did not work']
  })
  response.writeHead(status, headers).end(body)
})

server.listen(Number(PORT), '127.0.0.1', () => console.log(`Chat at http://localhost:${server.address().port}`))
