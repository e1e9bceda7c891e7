import { z } from 'zod'

/** A decision where a conversation belongs, as it is kept with it: written by routing, and read by the chat, which carries it out. Times are Unix milliseconds. */
export type RoutingDecision = z.infer<typeof routingDecision>

const intentScore = z.object({ name: z.string(), score: z.number() })

export const routingDecision = z.object({
  /** Null where nothing scored above the threshold. */
  intent: intentScore.nullable(),
  alternatives: z.array(intentScore).readonly(),
  departmentPath: z.string(),
  /** Whether that department takes conversations now. */
  open: z.boolean(),
  /** When it does again; null while it is open, and where it can't be told. */
  opensAt: z.number().nullable(),
  /** The knowledge source; null where none was chosen. */
  source: z.string().nullable(),
  /** Whether no rule matched, and the default route was taken. */
  fallback: z.boolean(),
  /** First to last, in words an agent understands. */
  reasons: z.array(z.string()).readonly(),
  rulesVersion: z.string(),
  decidedAt: z.number(),
  tookMicros: z.number(),
})

/** The languages that the hub itself speaks to visitors in. */
export type Language = 'zh' | 'en'

/** Chinese where there is a Chinese character in it. */
export const languageOf = (text: string): Language => (/\p{Script=Han}/u.test(text) ? 'zh' : 'en')
