const en = {
  title: 'customer',
}

const zh: typeof en = {
  title: 'customer',
}

export const customer = { en, zh }
