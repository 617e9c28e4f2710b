"""What a full stop does not end, and words that begin sentences: data for `corpus.sentences`, by language.

Entries are separated by commas and written without their last stop; a space in one may be absent or a
no-break space in the text. An entry in lower case also matches with a capital first letter; an entry with
a capital matches as it is.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """The classes differ by what may follow them inside one sentence."""

    before_name: tuple[str, ...] = ()
    """Never ends a sentence: a title, "cf.", "vs."."""
    before_number: tuple[str, ...] = ()
    """Joined to a digit or a Roman numeral: "art. 8"."""
    before_any: tuple[str, ...] = ()
    """May end a sentence: it does when a capital follows ("etc. Le Maroc"), not before a digit."""
    before_noun: tuple[str, ...] = ()
    """May end a sentence: it does when one of `openers` follows ("the U.S. The", not "U.S. State")."""
    after_year: tuple[str, ...] = ()
    """As `before_any`, but a capital follows within a sentence that has just begun ("В 2024 г. Марокко")."""
    openers: tuple[str, ...] = ()
    """Capitalised words that often begin a sentence."""
    ordinal_nouns: tuple[str, ...] = ()
    """Nouns that follow an ordinal written with a stop ("24. Oktober")."""


def _list(entries: str) -> tuple[str, ...]:
    return tuple(" ".join(entry.split()) for entry in entries.split(","))


FRENCH = Abbreviations(
    before_name=_list(
        """
        M, MM, MMes, Mme, Mmes, Mlle, Mgr, Me, Dr, Drs, Pr, Prof, S. E, S. Exc, LL. EE, S. M, S. A. R, S.
        E. M, S. E. Mme, St, Ste, cf, p. ex, c.-à-d, c. à d, vs, Gal, Cne, Col, Lt, prés, av, bd, boul
        """
    ),
    before_number=_list(
        """
        art, al, par, p, pp, vol, no, nos, n, fig, chap, ch, t, tél, sect, paragr, rés, rés. n, éd, doc,
        app, env, réf
        """
    ),
    before_any=_list(
        """
        janv, jan, févr, fév, avr, juil, juill, sept, oct, nov, déc, etc, apr. J.-C, av. J.-C, h, min,
        hab, suiv, ss, ibid, op. cit, loc. cit, al, resp, coll
        """
    ),
    before_noun=_list("Inc, Ltd, Cie, Sté, Jr"),
    openers=_list(
        """
        Le, La, Les, L, Un, Une, Des, Du, Ce, Cet, Cette, Ces, Il, Elle, Ils, Elles, On, Nous, Vous, Je,
        En, Dans, Pour, Par, Sur, À, A, Au, Aux, Mais, Et, Selon, Depuis, Lors, Avec, Son, Sa, Ses, Leur,
        C, D, Cela, Si, Ainsi
        """
    ),
)

ENGLISH = Abbreviations(
    before_name=_list(
        """
        Mr, Mrs, Ms, Messrs, Dr, Drs, Prof, Rev, Hon, St, Gen, Lt, Col, Sgt, Capt, Cmdr, Adm, Amb, Sen,
        Rep, Gov, Pres, H. E, H. R. H, H. M, e. g, i. e, cf, vs, v, viz, Mt, Ft, incl, esp, Asst, Supt,
        Brig, Maj
        """
    ),
    before_number=_list(
        """
        No, Nos, art, arts, para, paras, p, pp, vol, vols, fig, figs, sec, ch, chap, ex, tel, ext, res,
        approx, ca, c, eq, doc, ed, app
        """
    ),
    before_any=_list(
        """
        Jan, Feb, Mar, Apr, Jun, Jul, Aug, Sep, Sept, Oct, Nov, Dec, etc, al, ibid, op. cit, min, hr, hrs,
        est, dept, univ
        """
    ),
    before_noun=_list(
        """
        a. m, p. m, A. M, P. M, Inc, Ltd, Co, Corp, Jr, Sr, Ph. D, M. D, D. C, U. S, U. K, U. N, E. U, U.
        S. A, Bros, LLC, B. C, A. D
        """
    ),
    openers=_list(
        """
        The, A, An, This, That, These, Those, It, He, She, They, We, You, I, In, On, At, For, From, By,
        But, And, However, There, When, While, As, After, Before, His, Her, Its, Their, Our, If, To, With,
        Since, According, What, Who
        """
    ),
)

SPANISH = Abbreviations(
    before_name=_list(
        """
        Sr, Sra, Srta, Sres, Sras, Srs, Dr, Dra, Dres, D, Dª, Dña, Lic, Ing, Prof, Profa, Excmo, Excma,
        Ilmo, Ilma, Mons, Gral, Cnel, Cap, Tte, Emb, S. E, S. M, S. A. R, EE, FF, JJ, Sto, Sta, p. ej, cf,
        vs, Av, Avda
        """
    ),
    before_number=_list(
        """
        art, arts, núm, núms, nro, n, pág, págs, p, pp, vol, cap, caps, fig, párr, párrs, inc, tel, tít,
        secc, aprox, doc, res, ed, apdo, No, Nos
        """
    ),
    before_any=_list(
        """
        ene, feb, mar, abr, may, jun, jul, ago, sep, sept, set, oct, nov, dic, etc, a. m, p. m, a. C, d.
        C, h, min, hab, ibíd, op. cit, ss
        """
    ),
    before_noun=_list("EE. UU, NN. UU, FF. AA, Ud, Uds, Vd, Cía, S. A, S. L, Ltda, Inc, Jr"),
    openers=_list(
        """
        El, La, Los, Las, Un, Una, Este, Esta, Estos, Estas, Esto, Ese, Esa, En, Por, Para, Con, Según,
        Desde, Su, Sus, Al, Del, Se, No, Y, Pero, Además, También, Así, Cuando, Como, Si, Nosotros, Ellos,
        Ella, Él, Tras, Durante, Entre, A, Es
        """
    ),
)

RUSSIAN = Abbreviations(
    before_name=_list(
        """
        проф, акад, доц, д-р, им, ул, пр, просп, пл, пер, г, гор, обл, с, дер, пос, о, оз, гр, тов, т,
        гос, зам, нач, ген, полк, см, ср, напр, т. е, т. н, т. к, т. наз, св, в т. ч, Е. П, чл.-корр
        """
    ),
    before_number=_list(
        """
        ст, п, пп, ч, гл, стр, с, рис, табл, разд, т, тт, вып, д, кв, стр-ние, тел, абз, подп, прил, изд,
        ок, док, рез, №
        """
    ),
    before_any=_list(
        """
        янв, февр, фев, мар, апр, июн, июл, авг, сент, сен, окт, нояб, ноя, дек, чел, тыс, млн, млрд, руб,
        коп, долл, и т. д, и т. п, и др, и пр, и проч, мин, сек, час, ч, н. э, до н. э, экз, шт
        """
    ),
    after_year=_list("г, гг, в, вв"),
    openers=_list(
        """
        В, На, Он, Она, Они, Это, Эта, Этот, Эти, Как, По, При, Для, Но, И, С, К, О, Об, За, Из, От, До,
        Мы, Вы, Я, Также, Однако, После, Его, Её, Ее, Их
        """
    ),
)

ARABIC = Abbreviations(
    before_name=_list("أ. د, د, أ, م, ا. د, ج. م. ع"),
    before_number=_list("ص, ص. ص, ج, رقم, مج, ط, ف, ق, هـ, تلفون, ت"),
)

CHINESE = Abbreviations(
    before_name=_list("Dr, Mr, Mrs, Ms, Prof, St"),
    before_number=_list("No, Vol, p, pp"),
)

GERMAN = Abbreviations(
    before_name=_list(
        """
        Hr, Hrn, Fr, Dr, Prof, Dipl, Ing, z. B, d. h, u. a, i. d. R, vgl, bzw, sog, St, ca, inkl, evtl,
        ggf, S. E, v, gem
        """
    ),
    before_number=_list("Nr, Art, Abs, S, Bd, Abb, Kap, Tel, Ziff, Abschn, Anm"),
    before_any=_list(
        """
        Jan, Feb, Apr, Jun, Jul, Aug, Sept, Sep, Okt, Nov, Dez, usw, etc, Mio, Mrd, Std, Min, ff, o. Ä, u.
        Ä, n. Chr, v. Chr
        """
    ),
    openers=_list(
        """
        Der, Die, Das, Ein, Eine, Er, Sie, Es, Wir, In, Im, Am, An, Auf, Für, Mit, Nach, Bei, Und, Aber,
        Dies, Diese, Dieser, Zu, Zum, Zur
        """
    ),
    ordinal_nouns=_list(
        """
        Januar, Jänner, Februar, März, April, Mai, Juni, Juli, August, September, Oktober, November,
        Dezember, Jahrhundert, Jahrhunderts, Sitzung, Konferenz, Tagung
        """
    ),
)

ITALIAN = Abbreviations(
    before_name=_list(
        """
        sig, sigg, sig.ra, dott, dott.ssa, dr, prof, prof.ssa, avv, ing, On, S. E, S. Em, p. es, cfr, Gen,
        Col, mons, ecc. ecc
        """
    ),
    before_number=_list("art, artt, n, nn, pag, pagg, p, pp, vol, cap, fig, tel, par, co"),
    before_any=_list(
        """
        genn, gen, febbr, feb, mar, apr, magg, giu, giugno, lug, ago, sett, set, ott, nov, dic, ecc, etc,
        a. C, d. C
        """
    ),
    openers=_list("Il, Lo, La, I, Gli, Le, Un, Una, In, Nel, Per, Con, Ma, E, Questo, Questa"),
)

DUTCH = Abbreviations(
    before_name=_list(
        """
        dhr, mevr, mw, dr, drs, mr, prof, ir, ing, bijv, d. w. z, o. a, m. b. t, vgl
        """
    ),
    before_number=_list("nr, nrs, art, blz, p, pp, hfst, fig, tel, ca, lid"),
    before_any=_list(
        """
        jan, feb, febr, mrt, apr, jun, jul, aug, sept, sep, okt, nov, dec, enz, etc, e. d
        """
    ),
    openers=_list(
        """
        De, Het, Een, Dit, Dat, Deze, Hij, Zij, Ze, Wij, We, In, Op, Voor, Maar, En
        """
    ),
)

BY_LANGUAGE = {
    "fr": FRENCH,
    "en": ENGLISH,
    "es": SPANISH,
    "ru": RUSSIAN,
    "ar": ARABIC,
    "zh": CHINESE,
    "de": GERMAN,
    "it": ITALIAN,
    "nl": DUTCH,
}
