/** An article as it is indexed. */
export type Indexed = {
  /** `<source>:<the source's own id>`. */
  readonly id: string
  readonly source: string
  readonly title: string
  /** Markdown. */
  readonly body: string
  readonly tags: readonly string[]
  /** Who may read it: departments, `public` for everybody, `staff` for whoever works here. None: nobody finds it. */
  readonly readers: readonly string[]
  /** Milliseconds since 1970. */
  readonly updatedAt: number
  /** The source's own. */
  readonly revision: string
}

/** Where in a text, in UTF-16 units; the end is behind it. */
export type Span = readonly [start: number, end: number]

export type Passage = {
  /** Plain text. */
  readonly text: string
  /** What matched: ordered, none overlaps another. */
  readonly highlights: readonly Span[]
}

export type Hit = {
  readonly id: string
  readonly source: string
  readonly title: string
  /** 1 for the best of an answer, less for the others. Of two answers it says nothing. */
  readonly score: number
  /** The one that matched best. */
  readonly passage: Passage
  /** Ids of what says nearly the same, and is not listed itself. */
  readonly duplicates: readonly string[]
}

export type Search = {
  /** What somebody typed: words, no language of its own. Its first 1,000 characters are read. */
  readonly text: string
  /** What the caller may read as: an article is readable where one of them is among its readers. */
  readonly readers: readonly string[]
  /** Null: all. */
  readonly sources: readonly string[] | null
  readonly limit: number
}
