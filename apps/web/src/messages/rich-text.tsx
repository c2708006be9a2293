import { piecesOf } from './links.ts'

/** What somebody wrote: texts and links, and nothing that could run. */
export function RichText({ text }: { readonly text: string }) {
  let at = 0
  return (
    <p className="text">
      {piecesOf(text).map(({ text: piece, href }) => {
        at += piece.length
        if (!href) return <span key={at}>{piece}</span>
        return (
          <a key={at} href={href} target="_blank" rel="noopener noreferrer nofollow">
            {piece}
          </a>
        )
      })}
    </p>
  )
}
