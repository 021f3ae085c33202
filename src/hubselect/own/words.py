"""Words of the template: the guide on its first sheet, and labels of the fields."""

from __future__ import annotations

GUIDE = {
    "fr": (
        "Remplacez les valeurs que vous connaissez mieux ; laissez ou effacez les autres.",
        "Une feuille par table ; ligne 1 : noms des champs (à ne pas changer), ligne 2 : unités.",
        "Les pourcentages s'écrivent en pour cent (12,5 % : 12.5), l'argent en dirhams.",
        "Des valeurs, pas de formules ni de cellules fusionnées ; une cellule vide ne change rien.",
        "Vérifier : hubselect data check fichier.xlsx",
        "Planifier : hubselect solve tech-valley-2030 --data fichier.xlsx",
    ),
    "en": (
        "Replace the values you know better; leave or clear the others.",
        "One sheet per table; row 1: names of fields (keep them), row 2: units.",
        "Percentages are written in percent (12.5), money in dirhams.",
        "Values only, no formulas or merged cells; an empty cell changes nothing.",
        "Check: hubselect data check file.xlsx",
        "Plan: hubselect solve tech-valley-2030 --data file.xlsx",
    ),
    "ar": (
        "عوّض القيم التي تعرف أدقّ منها، واترك الباقي أو امسحه.",
        "ورقة لكل جدول؛ السطر 1: أسماء الحقول (لا تُغيَّر)، السطر 2: الوحدات.",
        "النسب تُكتب بالمئة (12.5) والمال بالدرهم، بأرقام 0-9.",
        "قيم فقط، بلا صيغ ولا خلايا مدمجة؛ الخلية الفارغة لا تغيّر شيئا.",
        "hubselect data check file.xlsx",
        "hubselect solve tech-valley-2030 --data file.xlsx",
    ),
}
