import { ConversationList } from './list.ts'
import { sendFile } from './media.ts'
import { invite, watch } from './participants.ts'
import { listen } from './push.ts'
import { Room } from './room.ts'
import { type Account, signIn, signOut } from './sign-in.ts'
import { follow } from './users.ts'

/** The whole of it, from signing in to signing out. */
export async function run(account: Account, say: (text: string) => void, file: File): Promise<void> {
  const client = await signIn(account, say)
  const list = new ConversationList(client, () => say(`${list.rows.size} conversations`))
  await list.load()
  const conversation = await list.create('Lunch')
  await invite(conversation, ['bob', 'carol'])
  const stop = watch(client, (identity, reasons) => say(`${identity}: ${reasons.join()}`))
  const unfollow = await follow(client, 'bob', (name) => say(name))
  listen(client, ({ sid }, index) => say(`${sid} ${index}`))
  const room = new Room(conversation, () => say(`${room.messages.length} messages`))
  await room.open()
  await room.send('Soup or salad?')
  await sendFile(conversation, file)
  room.close()
  unfollow()
  stop()
  list.close()
  await signOut(client)
}
