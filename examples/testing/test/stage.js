import { SupportDesk } from '../src/support-desk.js'

/** A customer with a desk open, and an agent who was added to the conversation by the back end. */
export async function open(server) {
  const customer = await SupportDesk.open(await server.client('carla'), 'carla')
  await backEnd(server, 'POST', '/Conversations/support-carla/Participants', { Identity: 'agent' })
  return { customer, agent: await SupportDesk.open(await server.client('agent'), 'carla') }
}

/** What the back end does by REST; with the `twilio` package it is `twilio(server.accountSid, server.authToken)`. */
export async function backEnd({ url, accountSid, authToken }, method, path, form) {
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`
  const response = await fetch(`${url}/v1${path}`, { method, headers: { authorization }, body: new URLSearchParams(form) })
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}
