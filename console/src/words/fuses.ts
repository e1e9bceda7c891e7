const en = {
  title: 'fuses',
}

const zh: typeof en = {
  title: 'fuses',
}

export const fuses = { en, zh }
