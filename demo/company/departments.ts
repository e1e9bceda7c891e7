/** The company's departments, by path: whoever answers for one answers for what is below it. */
export const departments: readonly string[] = ['support', 'support/orders', 'support/refunds', 'tech', 'tech/backend', 'tech/frontend', 'sales', 'marketing', 'logistics', 'hr']

/** The hub's chat as the company has it, in the words of `fuseboard.yaml`. */
export const demoChat = { departments: [...departments], defaultDepartment: 'support' }
