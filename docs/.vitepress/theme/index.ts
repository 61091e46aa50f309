// The default theme with the fonts of the reader's machine, which know Vietnamese.
export { default } from "vitepress/theme-without-fonts";
