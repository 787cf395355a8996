"""Examples for the OpenAPI document: invented parties, goods and figures."""

from __future__ import annotations

from typing import Any

DECLARATION: dict[str, Any] = {
    "declaration": {
        "declaration_id": "118-2024-10-004711",
        "version": 1,
        "accepted_at": "2024-05-06T09:30:00-05:00",
        "office_id": "118",
        "regime": "10",
        "importer_id": "imp-7f3a",
        "importer_aeo": False,
        "declarant_id": "dec-0042",
        "transport_mode": 1,
    },
    "items": [
        {
            "item_no": 1,
            "seller_id": "sel-9c1e",
            "departure_country": "CN",
            "origin_country": "CN",
            "incoterm": "FOB",
            "hs_code": "640299",
            "description": "Footwear with outer soles and uppers of rubber or plastics",
            "quantity": 1200,
            "unit": "PR",
            "packages": 100,
            "gross_kg": 960.0,
            "net_kg": 900.0,
            "currency": "USD",
            "invoice_amount": 5400.0,
            "fx_rate": 1.0,
            "fob": 5400.0,
            "freight": 480.0,
            "insurance": 60.0,
            "adjustment": 0.0,
            "cif": 5940.0,
            "valuation_method": 1,
            "tax_rate_pct": 30.6,
            "total_taxes": 1817.64,
        }
    ],
}

DECISION: dict[str, Any] = {
    "decision_id": "0c9d4f2e6b7a4d51a3b8c0de12f45678",
    "declaration_id": "118-2024-10-004711",
    "version": 1,
    "amends": None,
    "lane": "red",
    "selection": {"reason": "model", "rule": None, "p_document": 1.0, "p_physical": 1.0},
    "degraded": [],
    "items": [
        {
            "item_no": 1,
            "risk": 0.4127,
            "anomaly": 0.87,
            "expected_revenue": 812.4,
            "value": {"low": 8120.0, "mid": 11930.0, "high": 17480.0},
            "warnings": [],
            "reasons": [
                {
                    "code": "unit_value",
                    "contribution": 1.31,
                    "parameters": {"unit_value": 6.6},
                    "text": {
                        "es": "El valor por kilogramo es bajo para la mercancía.",
                        "en": "The value per kilogram is low for the goods.",
                    },
                }
            ],
            "kinds": {
                "learnt": True,
                "text": {
                    "es": "Según lo que tienen en común los hallazgos pasados de cada clase; las de muy "
                    "pocos hallazgos cuentan como otra irregularidad.",
                    "en": "By what past findings of each kind have in common; kinds of very few findings "
                    "count as another irregularity.",
                },
                "likeliest": [
                    {
                        "kind": "value",
                        "probability": 0.3501,
                        "text": {"es": "valor declarado", "en": "declared value"},
                    },
                    {
                        "kind": "classification",
                        "probability": 0.0626,
                        "text": {"es": "clasificación arancelaria", "en": "tariff classification"},
                    },
                ],
            },
        }
    ],
    "model": {"bundle_id": "5f0a3c9e1b2d4876", "created_at": "2024-05-01T06:00:00+00:00"},
    "profiles_as_of": "2024-05-06",
    "recorded_at": "2024-05-06T14:30:01.250000+00:00",
    "leaf_hash": "9b74c9897bac770ffc029102a200c5de9b74c9897bac770ffc029102a200c5de",
    "receipt": "qTbBbqkV1tTu4Vq2qTbBbqkV1tTu4Vq2qTbBbqkV1tTu4Vq2qTbBbqkV1tTu4Vq2qTbBbqkV1tTu4Vq2AAAAAA==",
}

OUTCOMES: list[dict[str, Any]] = [
    {
        "declaration_id": "118-2024-10-004711",
        "item_no": 1,
        "lane": "red",
        "selection_reason": "officer",
        "inspected_at": "2024-05-06T16:00:00-05:00",
        "result_at": "2024-05-07T08:45:00-05:00",
        "finding": "value",
        "illicit": 1,
        "assessed_cif": 11500.0,
        "additional_revenue": 1701.36,
    }
]
