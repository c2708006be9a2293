import type { User } from '@conversa/protocol'
import { userInfoName } from '../sync/names.ts'
import { type Answer, ok } from './answer.ts'
import type { Call } from './call.ts'
import type { Links } from './links.ts'

function userResource({ sid, identity, friendlyName, attributes, roleSid }: User): object {
  return {
    sid,
    identity,
    friendly_name: friendlyName,
    attributes,
    role_sid: roleSid,
    sync_objects: { user_info_map: userInfoName(identity) },
  }
}

export async function fetchUser(call: Call, _links: Links, identity: string): Promise<Answer> {
  const { user } = await call.ask('user.get', { identity })
  return ok(userResource(user))
}

export async function updateUser(call: Call, links: Links, identity: string): Promise<Answer> {
  const { friendly_name: friendlyName, attributes } = call.request.body
  await call.execute('user.update', { identity, friendlyName, attributes })
  return fetchUser(call, links, identity)
}
