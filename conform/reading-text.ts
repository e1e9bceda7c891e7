import iconv from 'iconv-lite'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The text that these bytes are in UTF-8; null where they are none. */
const asUtf8 = (bytes: Buffer): string | null => {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

/** The bytes that a charset has for a text; null where it does not have it all. */
const bytesIn = (text: string, charset: string): Buffer | null => {
  const bytes = iconv.encode(text, charset)
  return iconv.decode(bytes, charset) === text ? bytes : null
}

/**
 * Whether a run of characters outside ASCII is UTF-8 that was read in another charset: its bytes there are UTF-8 without a flaw, which text
 * that was meant so hardly ever is. In a Chinese charset that alone could be chance; there it has to give Chinese again.
 */
const isMisread = (run: string): boolean => {
  const western = run.length >= 2 && ['latin1', 'win1252'].some((charset) => {
    const bytes = bytesIn(run, charset)
    return bytes !== null && asUtf8(bytes) !== null
  })
  if (western) return true
  const bytes = run.length >= 3 ? bytesIn(run, 'gb18030') : null
  return /^[\u2010-\u206f\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]+$/.test((bytes && asUtf8(bytes)) ?? '')
}

/** What is left of text that went through a wrong charset, cut; null where nothing is seen of it. */
export const mojibakeIn = (text: string): string | null => {
  if (!text.isWellFormed()) return 'half a surrogate pair'
  const mark = /.{0,10}(?:\ufffd|锟斤拷|烫烫|[\u0080-\u009f]).{0,10}/su.exec(text)
  if (mark) return JSON.stringify(mark[0])
  const run = [...text.matchAll(/[^\u0000-\u007f]+/gu)].find(([characters]) => isMisread(characters))
  return run ? JSON.stringify(run[0].slice(0, 20)) : null
}

/** Every text in a row, however deep. */
export const textsIn = (row: unknown): readonly string[] => {
  if (typeof row === 'string') return [row]
  return typeof row === 'object' && row !== null ? Object.values(row).flatMap(textsIn) : []
}

/** An ISO 8601 time in UTC with milliseconds that exists. */
export const isUtcTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text
