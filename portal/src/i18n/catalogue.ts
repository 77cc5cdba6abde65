/** Texts by key, in groups. A key that ends in `_one` is the singular of the one in `_other`. */
interface Catalogue {
  readonly [key: string]: string | Catalogue
}

/** The same keys in another language; Chinese has no singular of its own. */
export type Translated<Source extends Catalogue> = {
  readonly [Key in keyof Source as Key extends `${string}_one` ? never : Key]: Source[Key] extends Catalogue
    ? Translated<Source[Key]>
    : string
}
