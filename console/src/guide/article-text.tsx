import type { ReactNode } from 'react'
import Markdown from 'react-markdown'
import type { Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { useWords } from '../words/words.ts'
import { safeLink } from './links.ts'
import styles from './guide.module.css'

/*
 * Somebody else's Markdown. Raw HTML in it is shown as the text that it is, a link goes to http, https or mailto or is none, and no picture is
 * fetched.
 */

const Link = ({ href, children }: { readonly href?: string | undefined; readonly children?: ReactNode }) => {
  const safe = safeLink(href)
  return safe === null ? <span>{children}</span> : <a href={safe} target="_blank" rel="noopener noreferrer">{children}</a>
}

const Picture = ({ alt }: { readonly alt?: string | undefined }) => {
  const { guide } = useWords()
  return <span className={styles.picture}>{alt ? guide.image(alt) : guide.imageBare}</span>
}

const Tick = ({ checked }: { readonly checked?: boolean | undefined }) => {
  const { guide } = useWords()
  return <span role="img" aria-label={checked ? guide.done : guide.notDone}>{checked ? '☑' : '☐'}</span>
}

/** The article's title is the second heading of the page. */
const headed = (level: 3 | 4 | 5 | 6) => function Heading({ children }: { readonly children?: ReactNode }) {
  const Tag = `h${level}` as const
  return <Tag>{children}</Tag>
}

const components: Components = {
  a: Link, img: Picture, input: Tick,
  h1: headed(3), h2: headed(4), h3: headed(5), h4: headed(6), h5: headed(6), h6: headed(6),
  table: ({ children }) => <div className={styles.tableScroll} tabIndex={0}><table>{children}</table></div>,
}

/** What is no address that is followed is none at all. */
const addressOf = (url: string): string | undefined => safeLink(url) ?? undefined

const plugins = [remarkGfm]

const ArticleText = ({ body }: { readonly body: string }) => (
  <div className={styles.article}><Markdown remarkPlugins={plugins} components={components} urlTransform={addressOf}>{body}</Markdown></div>
)

export default ArticleText
