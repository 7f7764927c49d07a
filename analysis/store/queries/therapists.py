"""In which clinics a figure would be one therapist's."""


def therapists_by_clinic(cursor) -> dict[str, int]:
    """Clinic -> therapists who have treated somebody there; clinics without treatments left out."""
    rows = cursor.execute(
        "SELECT clinic, count(DISTINCT therapist) FROM episode JOIN therapist USING (therapist) "
        "GROUP BY clinic ORDER BY clinic"
    ).fetchall()
    return dict(rows)
