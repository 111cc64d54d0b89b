"""Words of further languages, each a pack that a project may turn on; hedges count in any language, for they only make us ask."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """`yes` and `no` are weak: said in any talk, they count only as the whole line. Hedges of `spaceless` scripts are found anywhere."""

    approve: tuple[str, ...]
    reject: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    hedges: tuple[str, ...]
    spaceless: bool = False


PACKS = {
    "de": Pack(
        approve=("genehmigt", "genehmige", "genehmigen", "freigegeben", "freigeben", "zugestimmt"),
        reject=("abgelehnt", "ablehnen", "lehne ab", "verweigert"), yes=("ja",), no=("nein",),
        hedges=("nicht", "kein", "keine", "keinen", "nie", "niemals", "aber", "wenn", "falls", "sofern", "nur", "erst", "nach", "bevor",
                "vorher", "bis", "sobald", "außer", "warte", "warten", "vielleicht", "eventuell", "ausstehend", "nein", "vorausgesetzt")),
    "es": Pack(
        approve=("aprobado", "aprobada", "aprobar", "apruebo"), reject=("rechazado", "rechazada", "rechazar", "rechazo", "denegado"),
        yes=("sí", "si"), no=("no",),
        hedges=("pero", "si", "cuando", "después", "antes", "salvo", "excepto", "hasta", "nunca", "solo", "sólo", "espera", "esperar",
                "pendiente", "quizás", "quizá", "siempre que")),
    "fr": Pack(
        approve=("approuvé", "approuvée", "approuver", "j'approuve"),
        reject=("rejeté", "rejetée", "rejeter", "refusé", "refusée", "refuser"), yes=("oui",), no=("non",),
        hedges=("pas", "mais", "si", "quand", "lorsque", "après", "avant", "sauf", "jusqu'à", "jamais", "seulement", "attends", "attendez",
                "attendre", "peut-être", "non", "dès que", "à condition")),
    "pt": Pack(
        approve=("aprovado", "aprovada", "aprovar", "aprovo"),
        reject=("rejeitado", "rejeitada", "rejeitar", "rejeito", "recusado", "recusar"), yes=("sim",), no=("não", "nao"),
        hedges=("não", "nao", "mas", "se", "quando", "depois", "antes", "exceto", "até", "nunca", "só", "somente", "apenas", "espera",
                "espere", "pendente", "talvez", "desde que")),
    "ja": Pack(
        approve=("承認", "承認します", "承認する", "承認済み"), reject=("却下", "却下します", "却下する", "否認", "拒否", "拒否します"),
        yes=("はい",), no=("いいえ",), spaceless=True,
        hedges=("ない", "ません", "なく", "ただし", "でも", "しかし", "もし", "なら", "たら", "れば", "場合", "後で", "以降", "まで",
                "だけ", "待って", "保留", "却下", "拒否", "否認")),
    "zh": Pack(
        approve=("批准", "同意", "通过", "通過", "核准"), reject=("拒绝", "拒絕", "驳回", "駁回", "不同意", "不批准"),
        yes=("是",), no=("否", "不"), spaceless=True,
        hedges=("不", "没", "沒", "别", "別", "但", "如果", "若", "除非", "除了", "之后", "之後", "以后", "以後", "之前", "直到", "只",
                "等", "暂", "暫", "待", "吗", "嗎", "拒绝", "拒絕", "驳回", "駁回")),
}
OTHER_HEDGES = frozenset((
    "non", "ma", "dopo", "prima", "quando", "solo", "aspetta", "finché",  # Italian
    "niet", "geen", "maar", "als", "wanneer", "alleen", "wacht",  # Dutch
    "inte", "när", "efter", "före", "bara", "vänta",  # Swedish
    "nie", "ale", "jeśli", "jeżeli", "gdy", "kiedy", "przed", "tylko", "czekaj",  # Polish
    "не", "нет", "но", "если", "когда", "после", "до", "только", "пока", "кроме", "подожди", "стоп",  # Russian
    "ні", "але", "якщо", "коли", "після", "тільки", "зачекай",  # Ukrainian
    "ama", "değil", "eğer", "sonra", "önce", "sadece", "bekle",  # Turkish
))
