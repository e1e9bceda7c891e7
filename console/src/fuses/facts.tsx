import styles from './drawers.module.css'

/** What is known, by its name. */
export const Facts = ({ facts }: { facts: readonly (readonly [name: string, value: string])[] }) => (
  <dl className={styles.facts}>
    {facts.map(([name, value]) => (
      <div key={name} className={styles.fact}>
        <dt>{name}</dt>
        <dd className="tabular">{value}</dd>
      </div>
    ))}
  </dl>
)
