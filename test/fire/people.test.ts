import { peopleTests } from './people.ts'

peopleTests('full')
