import type { Conversation } from '@conversa/client'
import { useMessages, useOutgoing } from '@conversa/client/react'
import { ArrowDown, MessageCircleMore } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { type IndexLocationWithAlign, Virtuoso, type VirtuosoHandle } from 'react-virtuoso'
import { IconButton } from '../ui/icon-button.tsx'
import { listParts } from '../ui/list-parts.tsx'
import { textOf, useReport } from '../ui/problems.tsx'
import { MessageRow } from './message-row.tsx'
import { firstNewOf, newsOf } from './news.ts'
import { OutgoingRow } from './outgoing-row.tsx'
import { useReadMarkers } from './read-markers.ts'
import { useReading } from './reading.ts'
import { type Row, rowsOf } from './rows.ts'

const PARTS = { ...listParts('Messages'), Header: () => <div className="messages-edge" /> }

/** Over more messages than these the end is not scrolled to but shown at once: what comes in meanwhile would stop the scrolling. */
const FAR = 40

/** The messages of a conversation, from where the user stopped reading, with as many elements as fit on the screen. */
export function MessageList({ conversation, identity }: { readonly conversation: Conversation; readonly identity: string }) {
  const [news] = useState(() => newsOf(conversation))
  const { messages, firstItem, stretch, hasOlder, hasNewer, isLoading, error, loadOlder, loadNewer, jump } = useMessages(
    conversation,
    { around: news.after },
  )
  const { outgoing } = useOutgoing(conversation)
  const [isAtEnd, setAtEnd] = useState(true)
  const list = useRef<VirtuosoHandle>(null)
  const lastSeen = useRef(0)
  const firstNew = firstNewOf(news, messages, identity)
  const rows = useMemo(() => rowsOf(messages, hasNewer ? [] : outgoing, firstNew), [messages, outgoing, hasNewer, firstNew])
  const readers = useReadMarkers(conversation, messages, identity)
  const read = useReading(conversation)
  const isReady = !isLoading && rows.length > 0
  const lookedAt = () => read(messages[lastSeen.current] ?? messages.at(-1))
  // What was sent becomes a message in its place: nothing moves then, and the list has nothing to tell.
  useEffect(() => {
    if (isReady) lookedAt()
  })
  const toEnd = () => {
    if (hasNewer || rows.length - lastSeen.current > FAR) jump()
    else list.current?.scrollToIndex({ index: 'LAST', behavior: 'smooth' })
  }
  useJumpAtSending(outgoing.length, () => (hasNewer ? jump() : list.current?.scrollToIndex({ index: 'LAST' })))
  // biome-ignore lint/correctness/useExhaustiveDependencies: where a stretch begins is said once; the list hides itself when it is said anew.
  const begin = useMemo(() => beginOf(rows, stretch), [stretch, isReady])
  useReportOf(isReady ? error : undefined)
  if (!isReady) return <NoMessages isLoading={isLoading} error={error} />
  return (
    <div className="messages">
      <Virtuoso
        key={stretch}
        ref={list}
        alignToBottom
        data={rows}
        components={PARTS}
        firstItemIndex={firstItem}
        initialTopMostItemIndex={begin}
        computeItemKey={(_, { key }) => key}
        itemContent={(_, row) => renderRow(row, conversation, identity, readers)}
        increaseViewportBy={{ top: 600, bottom: 0 }}
        startReached={() => void (hasOlder && loadOlder())}
        endReached={() => void (hasNewer && loadNewer())}
        followOutput={(wasAtEnd) => wasAtEnd && !hasNewer}
        atBottomThreshold={60}
        atBottomStateChange={setAtEnd}
        rangeChanged={({ endIndex }) => {
          lastSeen.current = endIndex - firstItem
          lookedAt()
        }}
      />
      {(!isAtEnd || hasNewer) && (
        <IconButton label="Jump to newest" className="to-end" onPress={toEnd}>
          <ArrowDown />
        </IconButton>
      )}
    </div>
  )
}

function renderRow(row: Row, conversation: Conversation, identity: string, readers: ReadonlyMap<number, string>) {
  if (row.kind === 'outgoing') return <OutgoingRow conversation={conversation} outgoing={row.outgoing} />
  return <MessageRow {...row} isOwn={row.message.author === identity} readers={readers.get(row.message.index) ?? ''} />
}

/** Where a list begins: with what is new, or at its end. */
function beginOf(rows: readonly Row[], stretch: number): IndexLocationWithAlign {
  const news = stretch === 0 ? rows.findIndex((row) => row.kind === 'message' && row.beginsNews) : 0
  return news > 0 ? { index: news, align: 'start', offset: -80 } : { index: Math.max(0, rows.length - 1), align: 'end' }
}

/** Shows what failed while there are messages to be seen. */
function useReportOf(error: Error | undefined): void {
  const report = useReport()
  useEffect(() => {
    if (error) report(error)
  }, [error, report])
}

/** Who sends wants to see it, wherever they were reading. */
function useJumpAtSending(count: number, jump: () => void): void {
  const before = useRef(count)
  useEffect(() => {
    if (count > before.current) jump()
    before.current = count
  })
}

function NoMessages({ isLoading, error }: { readonly isLoading: boolean; readonly error: Error | undefined }) {
  if (error) {
    return (
      <p className="empty error" role="alert">
        {textOf(error)}
      </p>
    )
  }
  return (
    <div className="empty" aria-busy={isLoading}>
      {!isLoading && (
        <>
          <MessageCircleMore aria-hidden="true" />
          <p>No messages yet</p>
          <p className="hint">Write the first one.</p>
        </>
      )}
    </div>
  )
}
