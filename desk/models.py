"""What the desk remembers by itself: wrong passwords, so that nobody can go on guessing."""

from django.db import models
from django.db.models.functions import Now


class LoginFailure(models.Model):
    """Log-ins tried without success, by name and network address. An empty name counts all names tried from there."""

    username = models.CharField(max_length=150, blank=True)
    ip = models.CharField("from", max_length=45)
    failures = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        verbose_name = "failed log-in"
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(name="login_failure_once", fields=["username", "ip"])]

    def __str__(self) -> str:
        return f"{self.username or 'anybody'} from {self.ip}"
