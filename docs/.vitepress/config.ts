// The site of docs/: two languages, search in the browser, and no request to another server when it is read.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import license from "rollup-plugin-license";
import { defineConfig } from "vitepress";

const docs = fileURLToPath(new URL("..", import.meta.url));

/** The title of a page: its first heading. */
const title = (path: string) => readFileSync(`${docs}/${path}.md`, "utf8").match(/^# (.+)$/m)![1].replaceAll("\\", "");

/** The pages of a folder, in the given order. */
const pages = (folder: string, names: string[]) =>
  names.map((name) => ({ text: title(`${folder}/${name}`), link: `/${folder}/${name}` }));

const decisions = readdirSync(`${docs}/decisions`).filter((name) => /^\d/.test(name)).sort();

const english = [
  {
    text: "Use",
    items: pages("use", [
      "quick-start", "examples", "authentication", "graphql-over-http", "subscriptions", "pagination", "rate-limits",
      "idempotency", "errors", "change-feed", "schema-changes",
    ]),
  },
  {
    text: "Domain",
    items: pages("domain", [
      "provinces", "observations", "spreadsheet-import", "plans", "legal-documents", "data-links", "exchanges",
      "agreements-and-grants",
    ]),
  },
  {
    text: "Operations",
    items: pages("operations", [
      "development-machine", "postgresql", "containers", "reverse-proxy", "keys", "audit-log", "backup-and-upgrade",
    ]),
  },
  {
    text: "Reference",
    items: pages("reference", ["endpoints", "errors", "configuration", "limits", "roles-and-scopes", "cli"]),
  },
  {
    text: "Development",
    items: [
      ...pages("development", ["architecture"]),
      { text: "Decisions", link: "/decisions/" },
      { text: "Performance", link: "/performance" },
    ],
  },
];

const vietnamese = [
  {
    text: "Tài liệu",
    items: pages("vi", [
      "bat-dau", "dang-nhap", "so-lieu", "bang-tinh", "ket-noi", "luot-trao-doi", "chia-se", "thay-doi", "goi-api",
      "gioi-han", "lenh", "cau-hinh", "ma-nguon",
    ]),
  },
];

/** Anchors as GitHub makes them: letters keep their marks. */
const slugify = (heading: string) =>
  heading.trim().toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");

/** A text without tone marks: "ket noi" for "kết nối". */
const withoutMarks = (text: string) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d").replaceAll("Đ", "D");

export default defineConfig({
  title: "LienThong",
  description: "A province's shared data platform as one GraphQL API",
  base: "/docs/",
  head: [["link", { rel: "icon", href: "/docs/icon.svg" }]],
  cleanUrls: false,
  lastUpdated: false,
  // Not inside of each page, so that the scripts in all pages are the same and can be named by a policy.
  metaChunk: true,
  // The licences of the packages that the pages are made with are served with them.
  vite: {
    plugins: [
      {
        ...license({ thirdParty: { output: { file: `${docs}/.vitepress/dist/licenses.txt` } } }),
        apply: (_, { isSsrBuild }) => !isSsrBuild,
      },
    ],
  },
  markdown: { anchor: { slugify }, toc: { slugify }, headers: { slugify } },
  locales: {
    root: { label: "English", lang: "en", themeConfig: {
      sidebar: {
        "/": english,
        "/decisions/": [
          { text: "Documentation", link: "/" },
          { text: "Decisions", link: "/decisions/", items: pages("decisions", decisions.map((name) => name.slice(0, -3))) },
        ],
      },
    } },
    vi: {
      label: "Tiếng Việt",
      lang: "vi",
      themeConfig: {
        sidebar: vietnamese,
        outline: { label: "Trên trang này" },
        docFooter: { prev: "Trang trước", next: "Trang sau" },
      },
    },
  },
  themeConfig: {
    outline: { level: [2, 3] },
    search: {
      provider: "local",
      options: {
        // Each section is indexed a second time without tone marks, as people type.
        _render: (source, env, md) => {
          const sections = md.render(source, env).split(/(?=<h[1-6][ >])/);
          return sections.map((section) => `${section}<p>${withoutMarks(section.replace(/<[^>]*>/g, " "))}</p>`).join("");
        },
        locales: {
          vi: {
            translations: {
              button: { buttonText: "Tìm kiếm", buttonAriaLabel: "Tìm kiếm" },
              modal: { noResultsText: "Không tìm thấy", resetButtonTitle: "Xoá" },
            },
          },
        },
      },
    },
  },
});
