import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestServer } from 'conversa'
import { SupportDesk } from '../src/support-desk.js'
import { backEnd, open } from './stage.js'

test('customer and agent see the same lines', async (context) => {
  const server = await createTestServer()
  context.after(() => server.close())
  const { customer, agent } = await open(server)
  await customer.say('My order is late')
  await agent.say('Let me look')
  await server.settled()
  assert.deepEqual(customer.lines, ['carla: My order is late', 'agent: Let me look'])
  assert.deepEqual(agent.lines, customer.lines)
})

test('what a customer says without a connection comes once, when there is one', async (context) => {
  const server = await createTestServer()
  context.after(() => server.close())
  const client = await server.client('carla')
  const customer = await SupportDesk.open(client, 'carla')
  server.network(client).partition()
  const said = customer.say('Hello?')
  server.network(client).heal()
  await said
  await server.settled()
  assert.deepEqual(customer.lines, ['carla: Hello?'])
})

test('a desk closes after a day of silence', async (context) => {
  const server = await createTestServer()
  context.after(() => server.close())
  const { customer } = await open(server)
  await backEnd(server, 'POST', '/Conversations/support-carla', { 'Timers.Closed': 'PT24H' })
  await server.advance(24 * 60 * 60 * 1000)
  assert.equal(customer.isOpen, false)
})
