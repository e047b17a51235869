// Writing an export where the user wants it, for front ends: they hold the text, and what a file
// needs to appear whole or not at all is the store's to know.
export { writeWhole } from '../store/whole-file.ts'
