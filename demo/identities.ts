import type { Identity } from '../gateway/session-door.ts'

/** Whom a browser may choose to be in the demo; their departments answer at any hour. */
export const demoIdentities: readonly Identity[] = [
  { id: 'mei', name: '林梅 Mei', role: 'agent', departments: ['support', 'tech'] },
  { id: 'ben', name: 'Ben Carter', role: 'agent', departments: ['support', 'marketing'] },
  { id: 'yan', name: '魏妍 Yan', role: 'agent', departments: ['tech', 'logistics'] },
  { id: 'olu', name: 'Olu Adeyemi', role: 'admin', departments: ['support', 'tech', 'sales', 'marketing', 'logistics', 'hr'] },
  { id: 'ada', name: 'Ada Kovács', role: 'analyst' },
]
