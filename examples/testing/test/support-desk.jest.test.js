import { createTestServer } from 'conversa'
import { SupportDesk } from '../src/support-desk.js'
import { backEnd, open } from './stage.js'

let server

beforeEach(async () => {
  server = await createTestServer()
})

afterEach(() => server.close())

test('customer and agent see the same lines', async () => {
  const { customer, agent } = await open(server)
  await customer.say('My order is late')
  await agent.say('Let me look')
  await server.settled()
  expect(customer.lines).toEqual(['carla: My order is late', 'agent: Let me look'])
  expect(agent.lines).toEqual(customer.lines)
})

test('what a customer says without a connection comes once, when there is one', async () => {
  const client = await server.client('carla')
  const customer = await SupportDesk.open(client, 'carla')
  server.network(client).partition()
  const said = customer.say('Hello?')
  server.network(client).heal()
  await said
  await server.settled()
  expect(customer.lines).toEqual(['carla: Hello?'])
})

test('a desk closes after a day of silence', async () => {
  const { customer } = await open(server)
  await backEnd(server, 'POST', '/Conversations/support-carla', { 'Timers.Closed': 'PT24H' })
  await server.advance(24 * 60 * 60 * 1000)
  expect(customer.isOpen).toBe(false)
})
