/** Departments ten levels deep, as a company grows them: few at the top, most of them far below. */

const levels = 10
const names = ['north', 'south', 'backend', 'frontend', 'support', 'team', 'billing', 'finance', 'core', 'lab', 'desk', 'field'] as const

const anyOf = <T>(list: readonly T[]): T => {
  const one = list[Math.floor(Math.random() * list.length)]
  if (one === undefined) throw new Error('nothing to choose from')
  return one
}

/** Of three, one is numbered. */
const anyName = (): string => (Math.random() < 1 / 3 ? `${anyOf(names)}-${Math.floor(Math.random() * 10)}` : anyOf(names))

/** Each level has its share of what is left, rising towards the deepest. */
const shares = [0.0004, 0.0012, 0.004, 0.012, 0.04, 0.1, 0.15, 0.2, 0.23] as const

/** As many paths as wanted, each once, with those above each of them. */
export const growForest = (count: number): readonly string[] => {
  const all: string[] = []
  let above: readonly string[] = ['']
  for (let level = 0; level < levels; level += 1) {
    const wanted = Math.min(count - all.length, Math.max(level + 1, Math.round(count * (shares[level] ?? 1))))
    const own = new Set<string>()
    while (own.size < wanted) own.add([anyOf(above), anyName()].filter(Boolean).join('/'))
    above = [...own]
    all.push(...above)
  }
  return all
}

/** An asker ten levels deep: at a random department, or as far below it as that takes. */
export const deepPath = (departments: readonly string[]): string => {
  const segments = anyOf(departments).split('/')
  while (segments.length < levels) segments.push(`${anyOf(names)}-x`)
  return segments.join('/')
}

/** As callers write them: of eight, one begins with a slash, one ends with one, one has one twice. */
export const writeRaw = (path: string, index: number): string => {
  const written = index % 8 === 0 ? `/${path}` : index % 8 === 1 ? `${path}/` : index % 8 === 2 ? path.replace('/', '//') : path
  // Out of a request comes a text in one piece, and not one that is still to be put together.
  return Buffer.from(written).toString()
}

/** The nearest rule, looked for in another way. */
export const nearestIn = (rules: ReadonlySet<string>, raw: string): string | null => {
  const segments = raw.split('/').filter(Boolean)
  for (; segments.length > 0; segments.pop()) if (rules.has(segments.join('/'))) return segments.join('/')
  return null
}
