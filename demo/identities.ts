/*
 * Whom one may be in the console of the demo: somebody for each thing that it shows. Their departments are those of routing/departments.yaml that are
 * open at any hour (sales and hr are not), so that there is always somebody to talk to; its skills name agent-1 and agent-2.
 */

type Identity = {
  readonly id: string
  readonly name: string
  readonly role: 'AGENT' | 'ANALYST' | 'ADMIN'
  readonly departments: string[]
  readonly about: { readonly en: string; readonly zh: string }
}

export const demoIdentities: readonly Identity[] = [
  {
    id: 'agent-1', name: '林悦 Lin Yue', role: 'AGENT', departments: ['support', 'tech', 'sales', 'marketing', 'logistics', 'hr'],
    about: { en: 'Agent of every department', zh: '客服，所有部门' },
  },
  { id: 'agent-2', name: 'Daniel Reed', role: 'AGENT', departments: ['tech'], about: { en: 'Agent, technical support', zh: '客服，技术支持' } },
  { id: 'agent-3', name: '王芳 Wang Fang', role: 'AGENT', departments: ['support'], about: { en: 'Agent, customer support, orders and refunds', zh: '客服，客户服务、订单与退款' } },
  { id: 'agent-4', name: 'Sofia Moreno', role: 'AGENT', departments: ['marketing', 'logistics'], about: { en: 'Agent, marketing and logistics', zh: '客服，市场与物流' } },
  { id: 'admin-1', name: '陈凯 Chen Kai', role: 'ADMIN', departments: [], about: { en: 'Administrator: the fuse board, and its faults', zh: '管理员：保险丝面板与故障开关' } },
  { id: 'analyst-1', name: 'Amara Okafor', role: 'ANALYST', departments: [], about: { en: 'Analyst: reads, and changes nothing', zh: '分析师：只读' } },
]
