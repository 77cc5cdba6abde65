import { createInstance, type i18n, type ResourceLanguage } from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { en } from '../locales/en/index.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: typeof en
    returnNull: false
  }
}

export const languages = { en: 'English', zh: '简体中文' } as const
export type Language = keyof typeof languages

const storageKey = 'posthorn.language'

const loaders: Readonly<Record<Language, () => Promise<ResourceLanguage>>> = {
  en: async () => (await import('../locales/en/index.ts')).en,
  zh: async () => (await import('../locales/zh/index.ts')).zh,
}

function isLanguage(value: string): value is Language {
  return Object.hasOwn(languages, value)
}

/** What was asked for or chosen before; else the first of the browser's languages that there is. */
function preferred(asked: string | null): Language {
  const wanted = [asked, localStorageItem(), ...navigator.languages]
  for (const each of wanted) {
    const language = each?.toLowerCase().split('-')[0] ?? ''
    if (isLanguage(language)) return language
  }
  return 'en'
}

/** A frame of another site may have no storage. */
function localStorageItem(): string | null {
  try {
    return localStorage.getItem(storageKey)
  } catch {
    return null
  }
}

/** The texts, in the language that fits; others are loaded when they are chosen. */
export async function startTexts(asked: string | null): Promise<i18n> {
  const language = preferred(asked)
  const texts = createInstance()
  await texts.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: 'common',
    interpolation: { escapeValue: false },
    resources: { [language]: await loaders[language]() },
  })
  document.documentElement.lang = htmlLanguages[language]
  return texts
}

const htmlLanguages: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-Hans' }

export async function changeLanguage(texts: i18n, language: Language): Promise<void> {
  if (!texts.hasResourceBundle(language, 'common')) {
    for (const [namespace, bundle] of Object.entries(await loaders[language]())) {
      texts.addResourceBundle(language, namespace, bundle)
    }
  }
  await texts.changeLanguage(language)
  document.documentElement.lang = htmlLanguages[language]
  try {
    localStorage.setItem(storageKey, language)
  } catch {
    // It is asked for again after a reload.
  }
}
