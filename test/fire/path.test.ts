import { pathTests } from './path.ts'

pathTests('full')
