import { Client, type JSONValue, type User, type UserUpdatedEventArgs, type UserUpdateReason } from '@twilio/conversations'

interface Profile {
  avatar?: string
  status?: string
}

export async function rename(client: Client, name: string): Promise<User> {
  const me: User = client.user
  await me.updateFriendlyName(name)
  return me.updateAttributes({ ...profileOf(me), status: 'renamed' })
}

function profileOf(user: User): Record<string, string> {
  const attributes: JSONValue = user.attributes
  return (attributes ?? {}) as Record<string, string>
}

/** Follows what somebody shows of themselves. */
export async function follow(
  client: Client,
  identity: string,
  show: (name: string, profile: Profile) => void,
): Promise<() => void> {
  const user = await client.getUser(identity)
  const updated = (event: UserUpdatedEventArgs) => {
    const reasons: UserUpdateReason[] = event.updateReasons
    if (reasons.includes('friendlyName') || reasons.includes('attributes')) {
      show(event.user.friendlyName ?? identity, profileOf(event.user))
    }
  }
  user.on('updated', updated)
  return () => void user.off('updated', updated)
}

export function presenceOf(client: Client, user: User): 'online' | 'by push' | 'away' | 'not known' {
  if (!client.reachabilityEnabled) return 'not known'
  const isOnline: boolean | null = user.isOnline
  if (isOnline) return 'online'
  return user.isNotifiable ? 'by push' : 'away'
}

export async function unfollowAll(client: Client): Promise<string[]> {
  const users: User[] = await client.getSubscribedUsers()
  for (const user of users) if (user.isSubscribed) await user.unsubscribe()
  return users.map(({ identity }) => identity)
}

export function watchSubscriptions(client: Client, say: (text: string) => void): void {
  client.on('userSubscribed', ({ identity }: User) => say(`${identity} is followed`))
  client.on(Client.userUnsubscribed, (user) => user.once('userSubscribed', () => say(`${user.identity} is followed again`)))
}
