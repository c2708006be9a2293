import { type Answer, created, DONE } from './answer.ts'
import type { Call } from './call.ts'

/** Lets pushes for the user go to a device (twilio-wire-protocol 6.2). The client tries again until it is registered. */
export async function registerPush(call: Call): Promise<Answer> {
  const { channel_type: channelType, data } = call.request.body
  const { registration_id: registrationId } = (data ?? {}) as { registration_id?: unknown }
  const { registration } = await call.execute('push.register', { channelType, registrationId })
  return created({ id: registration.sid })
}

/** Ends the registration that was answered with this id. One that is not the user's is as good as ended. */
export async function endRegistration(call: Call, id: string): Promise<Answer> {
  const { registrations } = await call.ask('push.list', {})
  const found = registrations.find(({ sid }) => sid === id)
  if (found) await call.execute('push.unregister', { channelType: found.channelType, registrationId: found.registrationId })
  return DONE
}

/** Ends a registration by the device, which may have been registered by an earlier page. */
export async function endRegistrationOf(call: Call): Promise<Answer> {
  const { binding_type: channelType, address: registrationId } = call.request.body
  await call.execute('push.unregister', { channelType, registrationId })
  return DONE
}
