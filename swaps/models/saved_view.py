"""Filters of a list that an operator gave a name."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """`query` is the list's query string without its page. Everybody who may see sessions sees those that are shared."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "id")
        permissions = [("share_views", "May share saved views with everybody")]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(query=""), name="saved_view_says_something"),
        ]

    def __str__(self) -> str:
        return self.name
